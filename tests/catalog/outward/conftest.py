
import pytest


@pytest.fixture
def address(live_server, settings) -> str:
    """Where the live server is reached, as it says of itself."""
    settings.PUBLIC_BASE_URL = live_server.url
    return live_server.url
