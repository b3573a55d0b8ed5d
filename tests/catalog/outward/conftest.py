import pytest


@pytest.fixture
def address(live_server, settings) -> str:
    """Where the site is reached over HTTP, as it says of itself."""
    settings.PUBLIC_BASE_URL = live_server.url
    return live_server.url
