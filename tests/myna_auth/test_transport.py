"""A service that hangs, answers too much or leads astray must not take us with it."""

import http.server
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from myna_auth import breaker, transport
from myna_auth import client as identity_client
from myna_auth.errors import NoAnswer, ProviderUnavailable
from myna_auth.models import AuthRequest
from tests.identity import follow


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers with the bytes its server was given, and counts."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append((self.client_address, dict(self.headers)))
        self.wfile.write(self.server.answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    httpd.daemon_threads = True
    httpd.requests = []
    httpd.url = f"http://127.0.0.1:{httpd.server_address[1]}/"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def call(url, seconds=2.0):
    return transport.call("x", "GET", url, deadline=time.monotonic() + seconds)


def answer(body, *lines, status="200 OK"):
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


pytestmark = pytest.mark.django_db


def test_a_connection_is_kept_alive(server):
    server.answer = answer(b"{}")
    assert [call(server.url) for _ in range(3)] == [b"{}"] * 3

    assert len({address for address, _ in server.requests}) == 1


def test_only_what_is_needed_is_sent(server):
    server.answer = answer(b"{}")
    call(server.url)

    _, headers = server.requests[0]
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"} & set(
        headers
    )
    assert "Cookie" not in headers


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"x" * (transport.MAXIMUM_BODY + 1)), "x_huge"),
        (answer(b"", "Location: /elsewhere", status="302 Found"), "x_redirect"),
        (answer(b"", status="304 Not Modified"), "x_redirect"),
        (answer(b"{}", status="201 Created"), "x_201"),
        (answer(b"{}", "Content-Encoding: gzip"), "x_encoding"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "x_timeout"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "x_connection"),
        (b"no http at all\r\n\r\n", "x_connection"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500, "x_connection"),
    ],
)
def test_an_answer_that_is_no_plain_200_is_an_outage(server, reply, reason):
    server.answer = reply

    with pytest.raises(ProviderUnavailable) as caught:
        call(server.url, seconds=0.5)
    assert caught.value.reason == reason
    silent = reason in ("x_timeout", "x_connection")
    assert isinstance(caught.value, NoAnswer) == silent


def test_a_body_of_the_full_size_arrives(server):
    server.answer = answer(b"x" * transport.MAXIMUM_BODY)

    assert len(call(server.url)) == transport.MAXIMUM_BODY


def test_a_port_that_never_accepts_is_given_up():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        begun = time.monotonic()
        with pytest.raises(ProviderUnavailable):
            call(f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.4)
    assert time.monotonic() - begun < 2


def test_an_untrusted_certificate_is_refused(tmp_path):
    import ssl

    certificate = tmp_path / "server.pem"
    certificate.write_bytes(self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        import contextlib

        peer, _ = listener.accept()
        with peer, contextlib.suppress(OSError), context.wrap_socket(peer, server_side=True):
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(ProviderUnavailable, match="x_connection"):
        call(f"https://localhost:{listener.getsockname()[1]}/")
    thread.join()
    listener.close()


def self_signed():
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_the_service_thinks(identity_service, probe):
    browser = Client()
    way_back = identity_service.approve(identity_service.start(browser))
    identity_service.configure(delay_ms=700)
    connection.close()
    idle = available_connections()

    def come_back():
        try:
            follow(browser, way_back)
        finally:
            connection.close()

    thread = threading.Thread(target=come_back)
    thread.start()
    time.sleep(0.4)
    during = available_connections()
    thread.join()

    assert during == idle
    assert AuthRequest.objects.get().consumed_at is not None
    assert probe.calls[-1][0] == "complete"


def available_connections():
    """Connections of the pool that nobody holds, of all it has."""
    stats = connection.pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


def test_a_callback_that_finds_no_place_is_told_of_the_outage(
    client, identity_service, probe, monkeypatch, events
):
    monkeypatch.setattr(breaker, "PATIENCE_SECONDS", 0.05)
    way_back = identity_service.approve(identity_service.start(client))
    places = django_settings.GUNICORN_THREADS // 2
    with ExitStack() as waiting:
        for _ in range(places):
            waiting.enter_context(identity_client._breaker.login())
        response = follow(client, way_back)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", "busy"]


def test_both_tries_of_userinfo_share_one_time(client, identity_service, probe, settings):
    settings.MYNA_TIMEOUT_SECONDS = 0.6
    begun = time.monotonic()
    response = identity_service.sign_in(client, fault="userinfo_timeout")

    assert response["Location"] == "/interrupted/unavailable/"
    assert time.monotonic() - begun < 1.2


def test_a_web_process_loads_no_heavy_library_before_it_is_needed():
    script = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; "
        "django.setup(); import myna_auth.urls; "
        "print([m for m in ('requests', 'jose', 'cryptography', 'segno') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=django_settings.BASE_DIR,
        check=True,
    )

    assert run.stdout.strip() == "[]"
