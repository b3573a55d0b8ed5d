"""A service that hangs, answers too much or leads astray must not take us with it."""

import contextlib
import http.server
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from myna_auth import client as identity_client
from myna_auth import transport
from myna_auth.errors import NoAnswer, ProviderUnavailable
from outages import breaker
from tests.identity import follow
from tests.myna_auth import pool


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
    return transport.call("x", url, deadline=time.monotonic() + seconds)


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
    assert set(headers) - {"Connection"} == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_what_the_service_sets_for_one_person_does_not_go_out_with_the_next(server):
    server.answer = answer(
        b"{}", "Set-Cookie: SID=first; Path=/", "Set-Cookie: AFFINITY=1; Domain=127.0.0.1"
    )
    for _ in range(3):
        call(server.url)

    assert [headers.get("Cookie") for _, headers in server.requests] == [None] * 3


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


@pytest.fixture
def deaf_ports():
    """Four ports that take no more connections, and refuse none."""
    with ExitStack() as sockets:
        ports = []
        for _ in range(4):
            listener = sockets.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            ports.append(listener.getsockname()[1])
            for _ in range(3):
                queued = sockets.enter_context(socket.socket())
                queued.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    queued.connect(listener.getsockname())
        yield ports


@pytest.fixture
def names(monkeypatch):
    """Host names, and the ports of this machine that stand for each one's addresses."""
    known = {}
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host not in known:
            return resolve(host, port, *args, **kwargs)
        addresses = [("127.0.0.1", port) for port in known[host]]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def assert_given_up(url, seconds=0.6):
    begun = time.monotonic()
    with pytest.raises(NoAnswer, match="x_timeout"):
        call(url, seconds)
    assert time.monotonic() - begun < seconds + 0.4


def test_a_port_that_never_accepts_is_given_up(deaf_ports):
    assert_given_up(f"http://127.0.0.1:{deaf_ports[0]}/")


def test_all_addresses_of_a_host_share_one_time(names, deaf_ports):
    names["deaf.invalid"] = deaf_ports
    assert_given_up("http://deaf.invalid/")


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    server, names, deaf_ports, monkeypatch
):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.2)
    server.answer = answer(b"{}")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refusing = closed.getsockname()[1]
        # Keep-alive would spare another test the connecting it is about: no two share a name.
        names["half-deaf.invalid"] = [deaf_ports[0], refusing, server.server_address[1]]

        assert call("http://half-deaf.invalid/") == b"{}"


def test_a_resolver_that_hangs_is_given_up_and_holds_one_thread(server, monkeypatch):
    server.answer = answer(b"{}")
    resolve, over, asked = socket.getaddrinfo, threading.Event(), []

    def hanging(*args, **kwargs):
        asked.append(args)
        over.wait()
        return resolve("127.0.0.1", *args[1:], **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    url = server.url.replace("127.0.0.1", "service.invalid")
    for _ in range(2):
        assert_given_up(url, seconds=0.3)
    assert len(asked) == 1

    over.set()
    assert call(url) == b"{}"


def test_a_handshake_that_never_comes_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert_given_up(f"https://127.0.0.1:{listener.getsockname()[1]}/")


@pytest.fixture
def tls_server(tmp_path):
    """A service whose certificate nobody has signed, and the file that would make it trusted."""
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        peer, _ = listener.accept()
        with (
            peer,
            contextlib.suppress(OSError),
            context.wrap_socket(peer, server_side=True) as secured,
        ):
            secured.recv(4096)
            secured.sendall(answer(b"{}"))

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://localhost:{listener.getsockname()[1]}/", certificate
    thread.join()
    listener.close()


def test_an_untrusted_certificate_is_refused(tls_server):
    url, _ = tls_server

    with pytest.raises(NoAnswer, match="x_connection") as caught:
        call(url)
    assert "certificate verify failed" in str(caught.value.__cause__)


def test_the_same_certificate_is_accepted_where_it_is_trusted(tls_server, monkeypatch):
    url, certificate = tls_server
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))

    assert call(url) == b"{}"


def self_signed():
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
def test_no_database_connection_is_held_while_the_service_thinks(
    client, identity_service, gate, probe
):
    way_back = identity_service.approve(identity_service.start(client))
    connection.close()
    before = pool.held()
    held = {}
    gate.passing = lambda name: held.update({name: pool.held()})
    follow(client, way_back)

    assert held == {"token": before, "certs": before, "userinfo": before}
    assert probe.calls[-1][0] == "complete"


@pytest.fixture
def one_place(monkeypatch):
    """A process in which one login at a time may ask the service."""
    circuit = breaker.CircuitBreaker(places=1)
    monkeypatch.setattr(identity_client, "_breaker", circuit)
    return circuit


def test_a_callback_that_finds_no_place_is_told_of_the_outage(
    client, identity_service, probe, one_place, events
):
    way_back = identity_service.approve(identity_service.start(client))
    with one_place.place(silence=NoAnswer):
        response = follow(client, way_back)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", "busy"]


@pytest.mark.django_db(transaction=True)
def test_a_callback_waits_for_its_place_while_the_service_answers(
    identity_service, gate, probe, one_place
):
    browsers = [Client(), Client()]
    ways_back = [identity_service.approve(identity_service.start(each)) for each in browsers]
    # A login asks three times, so it takes longer than anybody waits for an answer.
    gate.passing = lambda name: time.sleep(0.4 * breaker.PATIENCE_SECONDS)

    def arrive(browser, way_back):
        try:
            return follow(browser, way_back).url
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(arrive, browsers, ways_back))

    assert ends == ["/done/"] * 2


def test_both_tries_of_userinfo_share_one_time(client, identity_service, probe, settings):
    settings.MYNA_TIMEOUT_SECONDS = 3.0
    address = identity_service.start(client)
    way_back = identity_service.approve(address, fault="userinfo_timeout")
    begun = time.monotonic()
    response = follow(client, way_back)

    assert response["Location"] == "/interrupted/unavailable/"
    assert time.monotonic() - begun < 5.0


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        ("userinfo_500_once", {"token": 1, "certs": 1, "userinfo": 2}),
        ("userinfo_500", {"token": 1, "certs": 1, "userinfo": 2}),
        ("token_500", {"token": 1}),
    ],
)
def test_only_userinfo_is_asked_again_and_only_once(
    client, identity_service, gate, probe, fault, asked
):
    response = identity_service.sign_in(client, fault=fault)

    assert gate.counts == asked
    assert (response["Location"] == "/done/") == (fault == "userinfo_500_once")


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
