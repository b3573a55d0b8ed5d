import logging

import pytest

from tests.identity import client_key_file, identity_provider, identity_service  # noqa: F401
from tests.myna_auth.probe import ProbePurpose


@pytest.fixture
def probe(settings):
    """A purpose that only remembers what it was told."""
    settings.MYNA_PURPOSES = {"registration": "tests.myna_auth.probe.ProbePurpose"}
    ProbePurpose.calls.clear()
    return ProbePurpose


@pytest.fixture
def events(caplog):
    """Return the reasons of the structured events so far, in order."""
    return lambda: [r.reason for r in caplog.records if getattr(r, "event", "") == "myna"]


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.DEBUG)
