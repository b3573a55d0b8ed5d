"""gunicorn's lines: no query string, no address of the visitor, nothing a request said."""

import json
import os
import socket
import subprocess
import sys
import urllib.parse

import pytest
import requests

from tests.platform.support import ROOT, free_port
from tests.waiting import eventually

NAME = "大分太郎"


@pytest.fixture
def server(tmp_path):
    """gunicorn with the project's configuration and an application that fails on demand."""
    port, log = free_port(), tmp_path / "log"
    (tmp_path / "failing.py").write_text(
        "def application(environ, start_response):\n"
        "    body = environ['wsgi.url_scheme'].encode()\n"
        "    start_response('200 OK', [('Content-Length', str(len(body)))])\n"
        "    if environ['PATH_INFO'] == '/fails':\n"
        "        raise ValueError(environ['QUERY_STRING'])\n"
        "    return [body]\n"
    )
    environment = os.environ | {
        "DEPLOYMENT": "demo",
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
    }
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "failing:application"]
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: is_up(address), told=log.read_text)
        yield address, log
        process.terminate()


def is_up(address):
    try:
        return requests.get(f"{address}/up", timeout=2).ok
    except requests.ConnectionError:
        return False


def test_no_line_repeats_what_a_visitor_sent(server):
    address, log = server
    visitor = {"User-Agent": "agent-of-taro", "Referer": f"{address}/?q=referer-of-taro"}
    requests.get(f"{address}/page", params={"name": NAME}, headers=visitor, timeout=30)
    failed = requests.get(f"{address}/fails", params={"name": NAME}, timeout=30)
    malformed = requests.get(f"{address}/page", headers={"a b": NAME.encode()}, timeout=30)
    assert (failed.status_code, malformed.status_code) == (500, 400)
    eventually(lambda: "Invalid request" in log.read_text())
    text = log.read_text()
    for word in (NAME, urllib.parse.quote(NAME), "of-taro", "127.0.0.1 -"):
        assert word not in text
    entries = [json.loads(line) for line in text.splitlines()]
    messages = [entry["message"] for entry in entries]
    assert any(message.startswith("GET /page 200 4B ") for message in messages)
    assert "Error handling request GET /fails" in messages


def test_a_forged_scheme_is_not_believed_even_from_this_machine(server):
    answer = requests.get(f"{server[0]}/up", headers={"X-Forwarded-Proto": "https"}, timeout=30)
    assert answer.text == "http"


def test_clients_that_fall_silent_do_not_hold_the_threads_for_ever(server):
    port = int(server[0].rpartition(":")[2])
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    try:
        for client in silent:
            client.sendall(b"POST /page HTTP/1.1\r\nHost: localhost\r\nContent-")
        assert requests.get(f"{server[0]}/up", timeout=15).ok
    finally:
        for client in silent:
            client.close()
