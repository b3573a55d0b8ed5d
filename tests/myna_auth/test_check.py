"""`manage.py myna_check` says in plain words whether an identification would work."""

import http.server
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.management import CommandError, call_command
from jose.backends.cryptography_backend import CryptographyECKey

from myna_auth.diagnosis.http import NoReply, request
from myna_auth.keys import parse_public_keys
from tests.identity import IdentityService, provider_settings

LINE = re.compile(r"(OK|NOTE|PROBLEM) +(.+)")


def check(**options):
    """Return the findings as (level, text), and whether the command succeeded."""
    out = StringIO()
    try:
        call_command("myna_check", stdout=out, **options)
        succeeded = True
    except CommandError:
        succeeded = False
    lines = out.getvalue().splitlines()
    findings = [LINE.fullmatch(line).groups() for line in lines]
    assert succeeded == ("PROBLEM" not in [level for level, _ in findings])
    return findings


def about(findings, subject):
    return [(level, text) for level, text in findings if text.startswith(subject)]


def the_one(findings, subject):
    (finding,) = about(findings, subject)
    return finding


@pytest.fixture
def purpose(settings):
    settings.MYNA_PURPOSES = {"registration": "tests.myna_auth.probe.ProbePurpose"}


pytestmark = pytest.mark.usefixtures("purpose")


# -- against the simulator -----------------------------------------------------------------------


def test_a_sound_service_has_no_problem(identity_service):
    findings = check()

    assert {level for level, text in findings if not text.startswith("Clock")} == {"OK"}
    for subject in ("Settings", "Our key", "Discovery", "JWKS", "MYNA_AUTH", "MYNA_USERINFO"):
        the_one(findings, subject)
    assert "accepts our key" in the_one(findings, "Token request")[1]


def test_it_prints_no_secret_and_asks_no_database(identity_service):
    out = StringIO()
    call_command("myna_check", stdout=out)

    private = Path(identity_service.key_file).read_text()
    assert not [line for line in private.splitlines() if line in out.getvalue()]
    assert "eyJ" not in out.getvalue()


def test_no_token_request_is_sent_unless_wanted(identity_service):
    findings = check(no_token_request=True)

    assert about(findings, "JWKS")
    assert not about(findings, "Token request")


def test_a_wrong_issuer_is_a_problem(identity_service, settings):
    settings.MYNA_ISSUER = identity_service.issuer.replace("127.0.0.1", "localhost")

    (level, text) = the_one(check(), "Discovery: the service's issuer")
    assert level == "PROBLEM"
    assert identity_service.issuer in text


def test_a_key_that_was_not_handed_in_is_a_problem(identity_service, settings, tmp_path):
    path = tmp_path / "other.pem"
    call_command("myna_keygen", str(path), stdout=StringIO())
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)

    level, text = the_one(check(), "Token request")
    assert level == "PROBLEM"
    assert "does not accept" in text
    assert "invalid_client" in text
    assert parse_public_keys(path.read_bytes())[0]["kid"] in text


def test_a_client_id_that_is_not_registered_is_a_problem(identity_service, settings):
    settings.MYNA_CLIENT_ID = "somebody-else"

    level, text = the_one(check(), "Token request")
    assert level == "PROBLEM"
    assert "somebody-else" in text


def test_a_wrong_audience_is_a_problem(identity_service, settings):
    settings.MYNA_CLIENT_ASSERTION_AUDIENCE = "https://elsewhere.example/token"

    findings = check()
    assert the_one(findings, "MYNA_CLIENT_ASSERTION_AUDIENCE")[0] == "NOTE"
    level, text = the_one(findings, "Token request")
    assert level == "PROBLEM"
    assert "https://elsewhere.example/token" in text


def test_failing_keys_are_a_problem(identity_service):
    identity_service.configure(fault="jwks_500")

    level, text = the_one(check(), "JWKS")
    assert (level, "HTTP 500" in text) == ("PROBLEM", True)


def test_two_keys_after_a_rotation_are_no_problem(client_key_file, settings):
    service = IdentityService.launch(client_key_file)
    try:
        for name, value in provider_settings(service.issuer, client_key_file).items():
            setattr(settings, name, value)
        service.configure(rotate=True)
        assert the_one(check(), "JWKS: 2 of 2 keys")[0] == "OK"
    finally:
        service.stop()
    # The same addresses, now with nothing behind them.
    findings = check()
    for subject in ("Discovery", "JWKS", "MYNA_AUTH", "MYNA_USERINFO", "Token request"):
        level, text = the_one(findings, subject)
        assert (level, "nothing listens there" in text) == ("PROBLEM", True)
    assert not about(findings, "Clock")


def test_the_keys_published_beside_ours_are_named(identity_service, settings, tmp_path):
    further = tmp_path / "next.pem"
    call_command("myna_keygen", str(further), stdout=StringIO())
    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [str(further)]

    kid = parse_public_keys(further.read_bytes())[0]["kid"]
    assert the_one(check(), "Published beside it") == ("OK", f"Published beside it: kid {kid}.")
    further.write_text("")
    assert the_one(check(), "MYNA_CLIENT_PUBLISHED_KEY_FILES")[0] == "PROBLEM"


def test_settings_and_key_are_part_of_the_report(identity_service, settings, tmp_path):
    settings.MYNA_SCOPES = "openid name address birthdate gender"
    settings.MYNA_CLIENT_ID = ""
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(tmp_path / "nowhere.pem")

    findings = check()
    assert the_one(findings, "MYNA_SCOPES asks for more")[0] == "NOTE"
    assert the_one(findings, "MYNA_CLIENT_ID")[0] == "PROBLEM"
    assert the_one(findings, "The private key file cannot be read")[0] == "PROBLEM"
    assert the_one(findings, "Token request: left out")[0] == "NOTE"


def test_a_demo_without_a_key_is_told_so(identity_service, settings):
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = ""

    assert the_one(check(), "MYNA_CLIENT_PRIVATE_KEY_FILE is not set")[0] == "PROBLEM"


def test_the_exit_status_tells(identity_service, settings):
    """The command as an operator runs it, without a database."""
    for issuer, expected in ((identity_service.issuer, 0), ("http://127.0.0.1:9", 1)):
        done = subprocess.run(
            [sys.executable, "manage.py", "myna_check"],
            cwd=settings.BASE_DIR,
            env={
                "PATH": "/usr/bin:/bin",
                "DEPLOYMENT": "demo",
                "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
                "SECRET_KEY": "only-for-tests-" * 5,
                "MYNA_ISSUER": issuer,
                "MYNA_CLIENT_ID": settings.MYNA_CLIENT_ID,
                "MYNA_CLIENT_PRIVATE_KEY_FILE": str(identity_service.key_file),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == expected, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert ("PROBLEM" in done.stdout) == bool(expected)


# -- against a service that says what a test wants -----------------------------------------------


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers each path with what its server holds: status, body, headers, a wait."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = self.server.answers.get(self.path.rpartition("/")[2], {"status": 404})
        body = found.get("body", b"{}")
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        time.sleep(found.get("wait", 0))
        self.send_response_only(found.get("status", 200))
        headers = {"Date": formatdate(usegmt=True)} | self.server.headers | found.get("headers", {})
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            if value is not None:
                self.send_header(name, value)
        try:
            self.end_headers()
            for start in range(0, len(body), step := found.get("at_once", 65536)):
                self.wfile.write(body[start : start + step])
                time.sleep(0.1 if step == 1 else 0)
        except OSError:
            self.close_connection = True

    do_POST = do_GET

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    context = None

    def get_request(self):
        peer, address = super().get_request()
        return (self.context.wrap_socket(peer, server_side=True) if self.context else peer), address

    def handle_error(self, request, client_address):
        pass


@contextmanager
def serving(context=None):
    server = Server(("127.0.0.1", 0), Scripted)
    server.context, server.headers = context, {}
    scheme = "https" if context else "http"
    server.issuer = f"{scheme}://localhost:{server.server_address[1]}"
    base = f"{server.issuer}/protocol/openid-connect"
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    server.jwk = CryptographyECKey(key, "ES256").to_dict() | {"kid": "one", "use": "sig"}
    server.discovery = {
        "issuer": server.issuer,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{base}/certs",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "name", "address", "birthdate"],
    }
    server.answers = {
        "openid-configuration": {"body": server.discovery},
        "certs": {"body": {"keys": [server.jwk]}},
        "auth": {"status": 400},
        "userinfo": {"status": 401},
        "token": {"status": 400, "body": {"error": "invalid_grant"}},
    }
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def configure(settings, issuer, key_file):
    for name, value in provider_settings(issuer, key_file).items():
        setattr(settings, name, value)
    settings.MYNA_TIMEOUT_SECONDS = 3.0


@pytest.fixture
def service(settings, client_key_file):
    with serving() as server:
        configure(settings, server.issuer, client_key_file)
        yield server


def test_the_scripted_service_is_sound(service):
    assert {level for level, _ in check()} == {"OK"}


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [
        ({"status": 404}, "NOTE", "gives no document (HTTP 404)"),
        ({"status": 302, "headers": {"Location": "/"}}, "NOTE", "HTTP 302, a redirect"),
        ({"body": b"<html>"}, "NOTE", "gives no document (HTTP 200)"),
        ({"body": b"x" * 70_000}, "PROBLEM", "larger than 64 KiB"),
        ({"wait": 4}, "PROBLEM", "no complete answer came within 3 seconds"),
    ],
)
def test_a_discovery_document_that_is_not_there(service, answer, level, words):
    service.answers["openid-configuration"] = answer

    found_level, text = the_one(check(), "Discovery")
    assert found_level == level
    assert words in text


@pytest.mark.parametrize(
    ("member", "value", "level", "words"),
    [
        ("token_endpoint", "https://else.example/token", "PROBLEM", "https://else.example/token"),
        ("authorization_endpoint", "https://else.example/a", "PROBLEM", "MYNA_AUTHORIZATION"),
        ("userinfo_endpoint", "https://else.example/u", "PROBLEM", "MYNA_USERINFO_ENDPOINT"),
        ("jwks_uri", None, "PROBLEM", "MYNA_JWKS_URI"),
        ("jwks_uri", ..., "NOTE", "nothing is said about jwks_uri"),
        ("response_types_supported", ["token"], "PROBLEM", "need code"),
        ("id_token_signing_alg_values_supported", ["RS256"], "PROBLEM", "need ES256"),
        ("token_endpoint_auth_methods_supported", ["client_secret_basic"], "PROBLEM", "private_"),
        ("token_endpoint_auth_signing_alg_values_supported", ["RS256"], "PROBLEM", "need ES256"),
        ("code_challenge_methods_supported", ["plain", ["S256"]], "PROBLEM", "need S256"),
        ("code_challenge_methods_supported", ..., "NOTE", "code_challenge_methods_supported"),
        ("scopes_supported", ["openid", "name"], "NOTE", "lacks address birthdate"),
        ("scopes_supported", "openid", "NOTE", "nothing is said about scopes_supported"),
    ],
)
def test_what_discovery_states_is_compared(service, member, value, level, words):
    if value is ...:
        del service.discovery[member]
    else:
        service.discovery[member] = value

    found_level, text = the_one(check(), "Discovery")
    assert found_level == level
    assert words in text


def test_a_strangers_text_cannot_touch_the_terminal(service):
    service.discovery["issuer"] = "\x1b[2J\n‮OK everything is fine" + "x" * 500

    _, text = the_one(check(), "Discovery")
    assert text.isprintable()
    assert "x" * 121 not in text


def keys_of(*changes):
    def make(jwk):
        made = ({**jwk, **change} for change in changes)
        return {"keys": [{k: v for k, v in key.items() if v is not ...} for key in made]}

    return make


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (keys_of({}, {"kid": "two"}), [("OK", "2 of 2 keys can be used for ES256, kid one, two")]),
        (keys_of({}, {"kid": "e", "use": "enc"}), [("OK", "1 of 2 keys")]),
        (keys_of({"kid": ...}), [("OK", "kid missing")]),
        (keys_of({}, {}), [("OK", "2 of 2"), ("PROBLEM", "2 keys have the kid one")]),
        (keys_of({}, {"kid": ...}), [("OK", "2 of 2"), ("NOTE", "one key among several")]),
        (keys_of({"kid": ...}, {"kid": 5}), [("OK", "2 of 2"), ("PROBLEM", "2 keys have no kid")]),
        (keys_of(), [("PROBLEM", "none of 0 keys is for ES256")]),
        (keys_of({"crv": "P-384"}), [("PROBLEM", "none of 1 keys")]),
        (keys_of({"x": "A" * 43}), [("PROBLEM", "none of 1 keys")]),
        (lambda jwk: {"keys": ["text", None]}, [("PROBLEM", "none of 2 keys")]),
        (lambda jwk: {"keys": [jwk] * 51}, [("PROBLEM", "at most 50 keys")]),
        (lambda jwk: {"keys": "one"}, [("PROBLEM", "gives no JSON")]),
        (lambda jwk: b"<html>", [("PROBLEM", "gives no JSON")]),
        (lambda jwk: b"x" * 70_000, [("PROBLEM", "larger than 64 KiB")]),
    ],
)
def test_the_services_keys_are_looked_at(service, body, expected):
    service.answers["certs"] = {"body": body(service.jwk)}

    found = about(check(), "JWKS")
    assert [level for level, _ in found] == [level for level, _ in expected]
    assert all(words in text for (_, text), (_, words) in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"wait": 4}, "no complete answer came within 3 seconds"),
        ({"at_once": 1, "body": b"{" * 60}, "no complete answer came within 3 seconds"),
        ({"status": 302, "headers": {"Location": "/"}}, "a redirect"),
        ({"headers": {"Content-Encoding": "gzip"}}, "compressed"),
    ],
)
def test_keys_that_do_not_come_are_a_problem(service, answer, words):
    service.answers["certs"] = answer

    level, text = the_one(check(), "JWKS")
    assert level == "PROBLEM"
    assert words in text


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [
        ("auth", 404, "PROBLEM"),
        ("auth", 503, "PROBLEM"),
        ("auth", 302, "OK"),
        ("userinfo", 410, "PROBLEM"),
        ("userinfo", 500, "PROBLEM"),
        ("userinfo", 302, "PROBLEM"),
        ("userinfo", 200, "PROBLEM"),
        ("userinfo", 403, "OK"),
    ],
)
def test_an_endpoint_that_is_somewhere_else_is_a_problem(service, path, status, level):
    service.answers[path] = {"status": status}
    setting = {"auth": "MYNA_AUTHORIZATION_ENDPOINT", "userinfo": "MYNA_USERINFO_ENDPOINT"}[path]

    assert the_one(check(), setting)[0] == level


@pytest.mark.parametrize(
    ("status", "body", "level", "words"),
    [
        (401, {"error": "invalid_client"}, "PROBLEM", "does not accept that we are"),
        (400, {"error": "invalid_client"}, "PROBLEM", "does not accept that we are"),
        (400, {"error": "unauthorized_client"}, "PROBLEM", "does not accept that we are"),
        (401, {"error": "invalid_grant"}, "PROBLEM", "does not accept that we are"),
        (401, b"", "PROBLEM", "does not accept that we are"),
        (400, {"error": "invalid_request"}, "NOTE", "refused for another reason"),
        (
            400,
            {"error": "invalid_request", "error_description": "no \x1b[31mPKCE"},
            "NOTE",
            "HTTP 400, invalid_request, no ?[31mPKCE",
        ),
        (429, {}, "PROBLEM", "out of order (HTTP 429)"),
        (503, b"<html>", "PROBLEM", "out of order (HTTP 503)"),
        (404, b"<html>", "PROBLEM", "does not answer as a token endpoint"),
        (400, {"error": ["invalid_grant"]}, "PROBLEM", "does not answer as a token endpoint"),
        (302, b"", "PROBLEM", "HTTP 302, a redirect"),
        (200, {"access_token": "x"}, "PROBLEM", "does not answer as a token endpoint"),
    ],
)
def test_what_the_token_endpoint_says_is_explained(service, status, body, level, words):
    service.answers["token"] = {"status": status, "body": body}

    found_level, text = the_one(check(), "Token request")
    assert found_level == level
    assert words in text
    assert text.isprintable()


def test_a_token_endpoint_that_hangs_is_a_problem(service):
    service.answers["token"]["wait"] = 4

    assert "no complete answer came" in the_one(check(), "Token request")[1]


def test_what_we_sent_is_not_printed_when_the_service_repeats_it(service, monkeypatch):
    def repeat(handler):
        form = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        sent = dict(part.split("=", 1) for part in form.split("&"))
        service.sent = [sent["code"], sent["client_assertion"], sent["code_verifier"]]
        said = {"error": "invalid_client", "error_description": f"bad {service.sent[service.turn]}"}
        body = json.dumps(said).encode()
        handler.send_response_only(401)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    monkeypatch.setattr(Scripted, "do_POST", repeat)
    for service.turn in range(3):
        _, text = the_one(check(), "Token request")
        assert "HTTP 401, invalid_client)" in text
        assert not any(secret[-20:] in text for secret in service.sent)


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, "OK", "within 5 seconds"),
        (-4, "OK", "within 5 seconds"),
        (30, "NOTE", "seconds behind the service's. It still works"),
        (-30, "NOTE", "seconds ahead of the service's. It still works"),
        (3 * 3600, "PROBLEM", "seconds behind the service's. Assertions"),
        (-3 * 3600, "PROBLEM", "seconds ahead of the service's. Assertions"),
    ],
)
def test_the_clocks_are_compared(service, seconds, level, words):
    service.headers["Date"] = formatdate(time.time() + seconds, usegmt=True)

    found_level, text = the_one(check(), "Clock")
    assert found_level == level
    assert words in text
    if level != "OK":
        assert abs(int(re.search(r"(\d+) seconds", text).group(1)) - abs(seconds)) <= 3


def test_the_age_of_a_kept_answer_is_no_difference(service):
    service.headers |= {"Date": formatdate(time.time() - 900, usegmt=True), "Age": "900"}

    assert the_one(check(), "Clock")[0] == "OK"


@pytest.mark.parametrize(
    "headers", [{"Date": None}, {"Date": "soon"}, {"Age": "old"}, {"Date": "x", "Age": "9" * 400}]
)
def test_without_a_date_nothing_is_said_about_the_clock(service, headers):
    service.headers |= headers

    assert the_one(check(), "Clock")[0] == "NOTE"


# -- no way to the service -----------------------------------------------------------------------


def words_of(url):
    with pytest.raises(NoReply) as caught:
        request(url, seconds=0.5)
    return str(caught.value)


def test_a_host_name_that_is_unknown_is_called_so(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "DNS" in words_of("http://issuer.invalid/")


def test_a_proxy_that_does_not_work_is_called_so(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "proxy" in words_of("http://behind-the-proxy.invalid/")


@pytest.mark.parametrize("url", ["", "issuer.example/token", "ftp://issuer.example/"])
def test_what_is_no_web_address_is_called_so(url):
    assert "web address" in words_of(url)


def test_what_is_not_http_is_called_so():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: listener.accept()[0].close())
        thread.start()
        assert "not HTTP" in words_of(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_http_where_tls_is_expected_is_called_so(service):
    assert "no TLS" in words_of(service.issuer.replace("http:", "https:"))


# -- TLS -----------------------------------------------------------------------------------------


def certificate(path, *, days=90, host="localhost"):
    """Write a self-signed certificate with its key and return the server's TLS context."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=200))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    ("options", "trusted", "level", "words"),
    [
        ({}, True, "OK", "is good for 90 days"),
        ({"days": 14}, True, "OK", "is good for 14 days"),
        ({"days": 13}, True, "NOTE", "ends in 13 days"),
        ({"days": -1}, True, "PROBLEM", "refused: certificate has expired"),
        ({"host": "other.example"}, True, "PROBLEM", "refused: Hostname mismatch"),
        ({}, False, "PROBLEM", "refused: self-signed certificate"),
    ],
)
def test_the_certificate_is_looked_at(
    settings, client_key_file, tmp_path, monkeypatch, options, trusted, level, words
):
    path = tmp_path / "server.pem"
    context = certificate(path, **options)
    if trusted:
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(path))
    with serving(context) as server:
        configure(settings, server.issuer, client_key_file)
        findings = check()

    subject = "JWKS" if level == "PROBLEM" else "TLS"
    found_level, text = the_one(findings, subject)
    assert found_level == level
    assert words in text
