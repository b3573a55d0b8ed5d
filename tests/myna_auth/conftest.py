import logging
import threading

import pytest

from tests.identity import provider_settings
from tests.myna_auth.gate import Gate
from tests.myna_auth.probe import ProbePurpose


@pytest.fixture
def probe(settings):
    """A purpose that only remembers what it was told."""
    settings.MYNA_PURPOSES = {"registration": "tests.myna_auth.probe.ProbePurpose"}
    ProbePurpose.calls.clear()
    return ProbePurpose


@pytest.fixture
def gate(identity_service, settings):
    """The identity service behind a gate that counts what is asked of it."""
    with Gate(identity_service.issuer) as server:
        for name in ("MYNA_TOKEN_ENDPOINT", "MYNA_USERINFO_ENDPOINT", "MYNA_JWKS_URI"):
            setattr(settings, name, server.instead_of(getattr(settings, name)))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client_settings(settings, client_key_file):
    """Production's settings as a client of a service that is never contacted."""
    for name, value in provider_settings("https://issuer.example", client_key_file).items():
        setattr(settings, name, value)
    settings.DEMO = settings.MYNA_ALLOW_TEST_ISSUER = False
    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = []
    settings.MYNA_PURPOSES = {"registration": "tests.myna_auth.probe.ProbePurpose"}
    return settings


@pytest.fixture
def events(caplog):
    """Return the reasons of the structured events so far, in order."""
    return lambda: [r.reason for r in caplog.records if getattr(r, "event", "") == "myna"]


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.DEBUG)
