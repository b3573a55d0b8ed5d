"""Settings that are missing, weak or contradict each other are reported before anybody comes."""

import re
from pathlib import Path

import pytest

from myna_auth import checks
from myna_auth.checks import check_settings
from tests.identity import provider_settings

ISSUER = "https://issuer.example"


class NoPurpose:
    """A class that could be named by mistake."""


def ids(messages):
    return [message.id.removeprefix("myna_auth.") for message in messages]


def test_sound_settings_pass(client_settings):
    assert check_settings() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MYNA_ISSUER", "", ["E008"]),
        ("MYNA_ISSUER", "issuer.example", ["E008"]),
        ("MYNA_ISSUER", f"{ISSUER}?realm=main", ["E008"]),
        ("MYNA_ISSUER", f"{ISSUER}#x", ["E008"]),
        ("MYNA_ISSUER", f"{ISSUER}/", ["W002"]),
        ("MYNA_ISSUER", "http://issuer.example", ["E009"]),
        ("MYNA_AUTHORIZATION_ENDPOINT", "", ["E002"]),
        ("MYNA_TOKEN_ENDPOINT", "issuer.example/token", ["E002", "W005"]),
        ("MYNA_TOKEN_ENDPOINT", "https://[issuer", ["E002", "W005"]),
        ("MYNA_TOKEN_ENDPOINT", "https://issuer.example:x/token", ["E002", "W005"]),
        ("MYNA_USERINFO_ENDPOINT", f"{ISSUER}/user info", ["E002"]),
        ("MYNA_USERINFO_ENDPOINT", "https://user:password@issuer.example/", ["E002"]),
        ("MYNA_USERINFO_ENDPOINT", "http://issuer.example/userinfo", ["E009"]),
        ("MYNA_JWKS_URI", "", ["E002"]),
        ("MYNA_JWKS_URI", "ftp://issuer.example/certs", ["E002"]),
        ("MYNA_JWKS_URI", "https://other.example/certs", ["W004"]),
        ("MYNA_JWKS_URI", f"{ISSUER}:8443/certs", ["W004"]),
        ("MYNA_CLIENT_ID", "", ["E010"]),
        ("MYNA_CLIENT_ID", "client ", ["E010"]),
        ("MYNA_CLIENT_ASSERTION_AUDIENCE", "", ["W005"]),
        ("MYNA_CLIENT_ASSERTION_AUDIENCE", f"{ISSUER}/other", ["W005"]),
        ("MYNA_ID_TOKEN_ALGS", ["none"], ["E004"]),
        ("MYNA_ID_TOKEN_ALGS", ["ES256", "HS256"], ["E004"]),
        ("MYNA_ID_TOKEN_ALGS", [], ["E004"]),
        ("MYNA_SCOPES", "name address birthdate", ["E005"]),
        ("MYNA_SCOPES", "openid address birthdate", ["E005"]),
        ("MYNA_SCOPES", "openid name birthdate", ["E005"]),
        ("MYNA_SCOPES", "openid name address", ["E005"]),
        ("MYNA_SCOPES", "openid name address birthdate gender", ["W006"]),
        ("MYNA_TIMEOUT_SECONDS", 0.0, ["E006"]),
        ("MYNA_TIMEOUT_SECONDS", -1.0, ["E006"]),
        ("MYNA_TIMEOUT_SECONDS", float("nan"), ["E006"]),
        ("MYNA_TIMEOUT_SECONDS", float("inf"), ["E006"]),
        ("MYNA_TIMEOUT_SECONDS", 15.5, ["W007"]),
        ("GUNICORN_THREADS", 1, ["W008"]),
        ("MYNA_FORM_ACTION_ORIGINS", [], ["E012"]),
        ("MYNA_FORM_ACTION_ORIGINS", ["https://other.example"], ["E012"]),
        ("MYNA_FORM_ACTION_ORIGINS", ["http://issuer.example"], ["E012"]),
        ("MYNA_FORM_ACTION_ORIGINS", [ISSUER, "*"], ["E011"]),
        ("MYNA_FORM_ACTION_ORIGINS", [ISSUER, "https:"], ["E011"]),
        ("MYNA_FORM_ACTION_ORIGINS", [ISSUER, "https://a.example; script-src *"], ["E011"]),
        ("MYNA_FORM_ACTION_ORIGINS", [ISSUER, "https://a.example/path"], ["E011"]),
        ("MYNA_PURPOSES", {}, ["E016"]),
        ("MYNA_PURPOSES", {"x": "no.such.module.Handler"}, ["E013"]),
        ("MYNA_PURPOSES", {"x": "myna_auth.purposes.NoSuchClass"}, ["E013"]),
        ("MYNA_PURPOSES", {"x": ""}, ["E013"]),
        ("MYNA_PURPOSES", {"x": "myna_auth.purposes.find_identification_purpose"}, ["E014"]),
        ("MYNA_PURPOSES", {"x": f"{__name__}.NoPurpose"}, ["E014"]),
        ("MYNA_PURPOSES", {"x" * 51: "tests.myna_auth.probe.ProbePurpose"}, ["E015"]),
    ],
)
def test_a_setting_that_cannot_work_is_reported(client_settings, name, value, expected):
    setattr(client_settings, name, value)

    found = check_settings()

    assert ids(found) == expected
    assert all(name in message.msg or message.id.endswith("W005") for message in found)
    assert all(message.hint for message in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MYNA_CLIENT_ASSERTION_AUDIENCE", ISSUER),
        ("MYNA_TIMEOUT_SECONDS", 15.0),
        ("GUNICORN_THREADS", 2),
        ("MYNA_ID_TOKEN_ALGS", ["ES256", "RS256"]),
        ("MYNA_FORM_ACTION_ORIGINS", ["https://*.example", "https://app.example:8443"]),
        ("MYNA_FORM_ACTION_ORIGINS", ["https://ISSUER.example"]),
        ("MYNA_PURPOSES", {"x": "tests.myna_auth.probe.ProbePurpose"}),
    ],
)
def test_a_setting_that_can_work_is_not(client_settings, name, value):
    setattr(client_settings, name, value)

    assert check_settings() == []


@pytest.mark.parametrize("leave", ["DEMO", "MYNA_ALLOW_TEST_ISSUER"])
def test_plain_http_is_for_demo_and_rehearsal(client_settings, leave):
    key_file = client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE
    for name, value in provider_settings("http://issuer.example", key_file).items():
        setattr(client_settings, name, value)
    assert ids(check_settings()) == ["E009"] * 5

    setattr(client_settings, leave, True)
    assert check_settings() == []


def test_the_web_servers_patience_is_what_its_configuration_says(settings):
    text = (Path(settings.BASE_DIR) / "gunicorn.conf.py").read_text()

    assert re.findall(r"^timeout = (\d+)$", text, re.MULTILINE) == [str(checks.GUNICORN_SECONDS)]
