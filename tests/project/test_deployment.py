"""A production deployment starts only with every setting present and strong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "nT5vWq8-xZr2LkPj7_HgFd4SaQwErTyUiOp1MnBvCxZaSdFgHjKl",
    "PUBLIC_BASE_URL": "https://library.example.jp",
    "DATABASE_URL": "postgres://library:pw@db.example.jp/library",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.jp:587",
    "DEFAULT_FROM_EMAIL": "noreply@library.example.jp",
    "MYNA_ISSUER": "https://idp.example.jp/realms/main",
    "MYNA_CLIENT_ID": "oita-library",
}


@pytest.fixture(scope="module")
def client_key(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "client.pem"
    subprocess.run(
        [sys.executable, "manage.py", "myna_keygen", str(path)],
        cwd=ROOT,
        env=os.environ | {"DEPLOYMENT": "demo", "DJANGO_SETTINGS_MODULE": "oita_library.settings"},
        check=True,
        capture_output=True,
    )
    return path


def check_deploy(client_key: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    env = kept | PRODUCTION | {"MYNA_CLIENT_PRIVATE_KEY_FILE": str(client_key)} | changes
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_complete_production_settings_pass_the_deployment_check(client_key):
    run = check_deploy(client_key)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "no issues" in run.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", "django-insecure-nT5vWq8-xZr2LkPj7_HgFd4SaQwErTyUiOp1MnBvCxZ"),
        ("DEBUG", "true"),
        ("PUBLIC_BASE_URL", ""),
        ("PUBLIC_BASE_URL", "http://library.example.jp"),
        ("ALLOWED_HOSTS", "*"),
        ("DATABASE_URL", ""),
        ("EMAIL_URL", ""),
        ("DEFAULT_FROM_EMAIL", ""),
        ("MYNA_ISSUER", ""),
        ("MYNA_ISSUER", "http://127.0.0.1:8001"),
        ("MYNA_ISSUER", "https://sb-auth-and-sign.go.jp/api/realms/main"),
        ("MYNA_TOKEN_ENDPOINT", "http://idp.example.jp/token"),
        ("MYNA_CLIENT_ID", ""),
        ("MYNA_CLIENT_PRIVATE_KEY_FILE", ""),
        ("TRUSTED_PROXY_CIDRS", "not-a-network"),
        ("SESSION_IDLE_MINUTES", "4"),
        ("SESSION_IDLE_MINUTES", "721"),
    ],
)
def test_a_missing_or_weak_setting_is_refused_by_name(client_key, name, value):
    run = check_deploy(client_key, **{name: value})
    assert run.returncode != 0
    assert f"  - {name} " in run.stderr or f"  - {name}:" in run.stderr


def test_all_problems_are_named_at_once(client_key):
    run = check_deploy(client_key, SECRET_KEY="", EMAIL_URL="", MYNA_CLIENT_ID="")
    for name in ("SECRET_KEY", "EMAIL_URL", "MYNA_CLIENT_ID"):
        assert name in run.stderr


def test_an_unknown_deployment_is_refused(client_key):
    assert "DEPLOYMENT must be" in check_deploy(client_key, DEPLOYMENT="staging").stderr


def test_a_rehearsal_against_the_sandbox_can_be_allowed(client_key):
    run = check_deploy(
        client_key,
        MYNA_ISSUER="https://sb-auth-and-sign.go.jp/api/realms/main",
        MYNA_ALLOW_TEST_ISSUER="true",
    )
    assert run.returncode == 0, run.stdout + run.stderr
