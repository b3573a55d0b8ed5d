"""A production deployment starts only with every setting present and strong."""

import os
import subprocess
import sys
from pathlib import Path

import environ
import pytest

from news import urls as news_urls
from oita_library import deployment, public_urls
from oita_library.deployment import clear_text_problems

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "nT5vWq8-xZr2LkPj7_HgFd4SaQwErTyUiOp1MnBvCxZaSdFgHjKl",
    "PUBLIC_BASE_URL": "https://library.example.jp",
    "DATABASE_URL": "postgres://library:pw@db.example.jp/library?sslmode=verify-full",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.jp:587",
    "DEFAULT_FROM_EMAIL": "noreply@library.example.jp",
    "STAFF_NETWORKS": "192.0.2.0/24,2001:db8::/48",
    "LIBRARY_PHONE": "097-000-0000",
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
        [
            sys.executable,
            "-W",
            "error",
            "manage.py",
            "check",
            "--deploy",
            "--fail-level",
            "WARNING",
        ],
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
        ("STAFF_NETWORKS", ""),
        ("ADMIN_PATH", "/"),
        ("LIBRARY_PHONE", ""),
        ("EBOOK_LIBRARY_URL", "javascript:alert(1)"),
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


@pytest.mark.parametrize(
    ("cidr", "refused"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("128.0.0.0/1", True),
        ("8.0.0.0/7", True),
        ("2000::/3", True),
        ("::ffff:0:0/96", True),
        ("::/64", True),
        ("64:ff9b::/96", True),
        ("10.0.0.0/8", False),
        ("172.16.0.0/12", False),
        ("127.0.0.0/8", False),
        ("fc00::/7", False),
        ("104.16.0.0/13", False),
        ("2a06:98c0::/29", False),
        ("::ffff:10.0.0.0/104", False),
    ],
)
def test_no_proxy_is_trusted_that_anybody_could_be(cidr, refused):
    told = list(deployment._proxy_problems([cidr]))
    assert bool(told) == refused
    assert all(cidr in line for line in told)


@pytest.mark.parametrize(
    ("networks", "refused"),
    [
        ([], True),
        (["desk"], True),
        (["any", "192.0.2.0/24"], True),
        (["192.0.2.0/24", "0.0.0.0/0"], True),
        (["any"], False),
        (["192.0.2.0/24", "2001:db8::/48"], False),
    ],
)
def test_it_is_said_from_where_the_admin_is_opened(networks, refused):
    told = list(deployment._admin_problems("admin/", networks))
    assert [line.split()[0].rstrip(":") for line in told] == ["STAFF_NETWORKS"] * refused


def test_the_admin_takes_no_public_address():
    public = {str(pattern.pattern).partition("/")[0] for pattern in public_urls.urlpatterns}
    public |= {address.partition("/")[0] for address in ("static/", "errors/")}
    public |= {str(pattern.pattern).partition("/")[0] for pattern in news_urls.urlpatterns}
    taken = {name for name in public if name and "." not in name and "<" not in name}
    assert taken == set(deployment.PUBLIC_PATHS)
    for path in (*(f"{name}/" for name in taken), "/", "Desk/", "a/b/", "desk 2/"):
        assert list(deployment._admin_problems(path, ["any"])), path
    assert list(deployment._admin_problems("desk-2/", ["any"])) == []


def test_the_admin_is_where_the_setting_says():
    """In a process of its own: addresses are made once."""
    asked = (
        "import django; django.setup(); from django.urls import resolve, reverse;"
        " print(reverse('admin:index'), resolve('/desk-2/login/').view_name)"
    )
    run = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=os.environ
        | {"ADMIN_PATH": "/desk-2", "DJANGO_SETTINGS_MODULE": "oita_library.settings"}
        | {"DEPLOYMENT": "demo"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.split() == ["/desk-2/", "admin:login"]


def settings_of(**changes: str) -> dict:
    """Return what the settings make of three addresses."""
    env = environ.Env()
    given = {
        "DATABASE_URL": "postgres://library@db.example.jp/library?sslmode=verify-full",
        "DATABASE_DIRECT_URL": "",
        "EMAIL_URL": "smtp+tls://mail.example.jp:587",
    } | changes
    database = env.db_url_config(given["DATABASE_URL"])
    return given | {"DATABASES": {"default": database}} | env.email_url_config(given["EMAIL_URL"])


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_DIRECT_URL"])
@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("postgres://library@db.example.jp/library", True),
        ("postgres://library@db.example.jp/library?sslmode=prefer", True),
        ("postgres://library@192.0.2.1:6432/library?connect_timeout=3", True),
        ("postgres:///library?host=db.example.jp", True),
        ("postgres://library@127.0.0.1,db.example.jp/library", True),
        ("postgres://library@db.example.jp/library?sslmode=require", False),
        ("postgres://library@db.example.jp/library?sslmode=verify-ca", False),
        ("postgres://library@db.example.jp/library?sslmode=disable", False),
        ("postgres://library@127.0.0.1/library", False),
        ("postgres://library@localhost/library", False),
        ("postgres://library@[::1]/library", False),
        ("postgres:///library", False),
        ("postgres:///library?host=/run/postgresql", False),
    ],
)
def test_a_database_elsewhere_is_not_asked_in_the_clear_by_mistake(name, address, refused):
    told = list(clear_text_problems(settings_of(**{name: address})))
    assert [line.split()[0] for line in told] == [name] * refused


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("smtp://mail.example.jp:25", True),
        ("smtp://user:password@192.0.2.1:587", True),
        ("smtp://mail.example.jp:25?tls=on", True),
        ("smtp://mail.example.jp:25?tls=off", False),
        ("smtp+tls://mail.example.jp:587", False),
        ("smtp+ssl://mail.example.jp:465", False),
        ("smtp://127.0.0.1:25", False),
        ("smtp://[::1]:25", False),
        ("smtp://localhost:25", False),
    ],
)
def test_mail_does_not_leave_in_the_clear_by_mistake(address, refused):
    told = list(clear_text_problems(settings_of(EMAIL_URL=address)))
    assert [line.split()[0] for line in told] == ["EMAIL_URL"] * refused


def test_what_is_in_the_clear_on_purpose_starts(client_key):
    run = check_deploy(
        client_key,
        DATABASE_URL="postgres://library:pw@db/library?sslmode=disable",
        EMAIL_URL="smtp://relay:25?tls=off",
    )
    assert run.returncode == 0, run.stdout + run.stderr
