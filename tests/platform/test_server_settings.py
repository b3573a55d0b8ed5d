"""The web server's settings work in the environment and in `.env`, like all others."""

import http.server
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest

from oita_library import healthcheck
from oita_library.dotenv import environment
from tests.platform.support import ROOT

ENV = "GUNICORN_BIND=127.0.0.1:8123,[::1]:8123\nGUNICORN_WORKERS=3\nGUNICORN_THREADS=8\n"
NAMES = ("GUNICORN_BIND", "GUNICORN_WORKERS", "GUNICORN_THREADS", "GUNICORN_CMD_ARGS")


def configuration(folder, **variables):
    """Return what gunicorn makes of our file and the `.env` beside it."""
    shutil.copy(ROOT / "gunicorn.conf.py", folder)
    (folder / "empty.py").write_text("application = None\n")
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--print-config", "empty:application"],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k not in NAMES}
        | {"PYTHONPATH": str(ROOT)}
        | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(re.findall(r"^(\w+) += (.+)$", done.stdout, re.MULTILINE))
    return {name: found[name] for name in ("bind", "workers", "threads")}


def test_without_any_the_defaults_hold(tmp_path):
    assert configuration(tmp_path) == {
        "bind": "['127.0.0.1:8000']",
        "workers": "2",
        "threads": "4",
    }


def test_lines_in_the_file_are_taken_and_the_environment_wins(tmp_path):
    (tmp_path / ".env").write_text(ENV)

    assert configuration(tmp_path, GUNICORN_WORKERS="5") == {
        "bind": "['127.0.0.1:8123', '[::1]:8123']",
        "workers": "5",
        "threads": "8",
    }


def test_reading_the_file_leaves_the_environment_alone(tmp_path, monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(ENV)
    assert environment(tmp_path).int("GUNICORN_THREADS") == 8

    # A worker started later finds the file as it is then.
    (tmp_path / ".env").write_text(ENV.replace("THREADS=8", "THREADS=6"))
    assert environment(tmp_path).int("GUNICORN_THREADS") == 6
    assert not set(NAMES) & set(os.environ)


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked = (self.headers["Host"], self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def web():
    with http.server.HTTPServer(("127.0.0.1", 0), Ready) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_health_check_asks_where_the_file_says(tmp_path, monkeypatch, capsys, web):
    for name in (*NAMES, "PUBLIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(healthcheck, "BASE_DIR", tmp_path)
    (tmp_path / ".env").write_text(
        f"GUNICORN_BIND=0.0.0.0:{web.server_address[1]}\nPUBLIC_BASE_URL=https://library.example\n"
    )

    assert healthcheck.main([]) == 0
    assert web.asked == ("library.example", "/health/ready/")
