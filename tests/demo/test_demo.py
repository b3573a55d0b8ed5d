"""`manage.py demo`: the whole service starts from nothing, serves, and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.core.management import call_command

from demo.embedded_postgres import home_directory
from demo.environment import MALLOC, demo_environment
from tests.identity import IdentityService
from tests.platform.support import ROOT, alive, descendants, free_port, running
from tests.waiting import eventually

NOT_COPIED = shutil.ignore_patterns(
    ".git",
    ".venv*",
    "var",
    "staticfiles",
    "tests",
    "docs",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
)
PORTS = ("PORT", "MYNA_SIMULATOR_PORT", "MAIL_SMTP_PORT", "MAIL_WEB_PORT")
KEPT_VARIABLES = ("PATH", "HOME", "LANG")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A fresh copy of the project without any data, as after a clone."""
    copy = tmp_path_factory.mktemp("clone") / "library"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    yield copy
    shutil.rmtree(home_directory(copy), ignore_errors=True)


@pytest.fixture(scope="module")
def environment():
    variables = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return variables | {"DEPLOYMENT": "demo"} | {name: str(free_port()) for name in PORTS}


class Demo:
    """A running demo and what it printed."""

    def __init__(self, checkout, environment):
        self.checkout = checkout
        self.output = checkout / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                cwd=checkout,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        eventually(
            lambda: "Ctrl-C" in self.text or self.process.poll() is not None,
            told=lambda: self.text,
        )
        self.everybody = descendants(self.process.pid) | {self.process.pid}

    @property
    def text(self):
        return self.output.read_text()

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(10)


def survivors(demo):
    server = running(f"{home_directory(demo.checkout)}/")
    return alive(demo.everybody) | set(server)


def test_it_serves_and_stops_at_once_and_starts_again(checkout, environment):
    demo = Demo(checkout, environment)
    site = f"http://localhost:{environment['PORT']}"
    assert requests.get(f"{site}/", timeout=30).status_code == 200, demo.text
    assert requests.get(f"{site}/health/ready/", timeout=30).json() == {"status": "ok"}
    healthy = subprocess.run(
        [sys.executable, "-m", "oita_library.healthcheck"],
        cwd=checkout,
        env=environment | {"GUNICORN_BIND": f"127.0.0.1:{environment['PORT']}"},
        check=False,
    )
    assert healthy.returncode == 0
    for name in ("MYNA_SIMULATOR_PORT", "MAIL_WEB_PORT"):
        address = f"http://127.0.0.1:{environment[name]}/"
        assert address in demo.text
        assert requests.get(address, timeout=30).status_code < 500
    assert f"{site}/" in demo.text
    password = (checkout / "var" / "staff-password").read_text()
    assert password in demo.text
    asked = time.monotonic()
    assert demo.end(signal.SIGTERM) == 0
    # One second on an idle machine; here other tests run at the same time.
    assert time.monotonic() - asked < 5.0
    assert survivors(demo) == set()

    again = Demo(checkout, environment)
    assert password in again.text
    again.end(signal.SIGKILL)
    eventually(lambda: not survivors(again), 5, told=lambda: survivors(again))

    after_the_kill = Demo(checkout, environment)
    assert requests.get(f"{site}/health/ready/", timeout=30).status_code == 200
    # Ctrl-C pressed twice.
    after_the_kill.process.send_signal(signal.SIGINT)
    assert after_the_kill.end(signal.SIGINT) == 0
    assert survivors(after_the_kill) == set()


def test_with_another_provider_it_says_what_to_register_there(checkout, environment, tmp_path):
    issuer = f"http://127.0.0.1:{environment['MYNA_SIMULATOR_PORT']}"
    site = f"http://localhost:{environment['PORT']}"
    # A key of the other way's algorithm, whatever key an earlier demo of this checkout has left.
    key = tmp_path / "new" / "client.pem"
    key.parent.mkdir()
    call_command("myna_keygen", str(key), alg="RS256")
    given = {
        "MYNA_ISSUER": issuer,
        "MYNA_CLIENT_ID": "registered-name",
        "MYNA_CLIENT_PRIVATE_KEY_FILE": str(key),
    }
    demo = Demo(checkout, environment | given)
    try:
        jwks = tmp_path / "jwks.json"
        jwks.write_text(re.search(r'\{"keys": .*\}', demo.text).group())
        redirect_uri = re.search(r"\S+/myna/callback/", demo.text).group()
        assert requests.get(f"{site}/myna/jwks.json", timeout=30).json() == json.loads(
            jwks.read_text()
        )
        service = IdentityService.launch(
            jwks, redirect_uri, client_id="registered-name", port=urlsplit(issuer).port
        )
        try:
            with requests.Session() as browser:
                asked = browser.post(f"{site}/myna/start/", **form_of(browser, site))
                back = service.approve(asked.headers["Location"])
                assert "大分 太郎" in browser.get(back, timeout=30).text
        finally:
            service.stop()
    finally:
        demo.end(signal.SIGTERM)


def form_of(browser, site):
    """Return what a browser sends along from the registration form's button."""
    page = browser.get(f"{site}/registration/", timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text).group(1)
    return {
        "data": {"csrfmiddlewaretoken": token},
        "headers": {"Origin": site},
        "allow_redirects": False,
        "timeout": 10,
    }


def test_a_key_that_cannot_be_used_is_said_before_anything_serves(checkout, environment, tmp_path):
    key = tmp_path / "client.pem"
    key.write_text("no key")
    demo = Demo(checkout, environment | {"MYNA_CLIENT_PRIVATE_KEY_FILE": str(key)})
    assert demo.process.wait(30) == 1
    assert "holds no unencrypted private key" in demo.text
    assert "Traceback" not in demo.text


def test_a_port_in_use_is_named_with_the_way_out(checkout, environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(checkout, environment | {"MAIL_WEB_PORT": str(port)})
        assert demo.process.wait(30) == 1
    assert f"Port {port}" in demo.text
    assert "MAIL_WEB_PORT=" in demo.text
    assert "Traceback" not in demo.text


def test_what_is_set_is_kept_and_the_rest_gets_a_default():
    demo = demo_environment({"PORT": "8010", "LANG": "C"}, Path("/checkout"))
    assert demo.variables["PUBLIC_BASE_URL"] == "http://localhost:8010"
    assert demo.variables["MYNA_ISSUER"] == "http://127.0.0.1:8001"
    assert demo.variables["EMAIL_URL"] == "smtp://127.0.0.1:8026"
    assert demo.variables["MYNA_CLIENT_PRIVATE_KEY_FILE"] == "/checkout/var/myna-client-key.pem"
    assert (demo.embedded_server, demo.simulator, demo.mail_sink) == (True, True, True)


def test_memory_is_handled_as_in_the_image():
    image = (ROOT / "Dockerfile").read_text()
    assert [f"{name}={value} " in image for name, value in MALLOC.items()] == [True, True]
    assert MALLOC.items() <= demo_environment({}, Path("/checkout")).variables.items()


def test_another_provider_database_and_mail_server_replace_our_own():
    given = {
        "MYNA_ISSUER": "https://sandbox.example/realms/main",
        "DATABASE_URL": "postgres://db/library",
        "EMAIL_URL": "smtp://mail:25",
    }
    demo = demo_environment(given, Path("/checkout"))
    assert (demo.embedded_server, demo.simulator, demo.mail_sink) == (False, False, False)
    assert [variable for _, variable, _ in demo.ports()] == ["PORT"]
    assert given.items() <= demo.variables.items()
    assert demo.variables["MYNA_CLIENT_PRIVATE_KEY_FILE"] == "/checkout/var/myna-client-key.pem"


@pytest.mark.parametrize("text", ["eighty", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="PORT must be a port number"):
        demo_environment({"PORT": text}, Path("/checkout"))
