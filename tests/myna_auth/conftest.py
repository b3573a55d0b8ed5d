import pytest

from tests.identity import client_key_file, identity_provider, identity_service  # noqa: F401
from tests.myna_auth.probe import ProbePurpose


@pytest.fixture
def probe(settings):
    """A purpose that only remembers what it was told."""
    settings.MYNA_PURPOSES = {"registration": "tests.myna_auth.probe.ProbePurpose"}
    ProbePurpose.calls.clear()
    return ProbePurpose
