"""A gate before the identity service: it lets every request through, counts, and can wait."""

import http.server
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import requests

PASSED_ON = ("Authorization", "Content-Type")


class Gate(http.server.ThreadingHTTPServer):
    """Serves the service's addresses; `passing(name)` is called before a request is passed on.

    Names are those of the service's addresses: token, userinfo, certs.
    """

    daemon_threads = True

    def __init__(self, issuer: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.issuer = issuer
        self.passing: Callable[[str], None] = lambda name: None
        self.passed: list[str] = []

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.passed)

    def instead_of(self, address: str) -> str:
        """Return the gate's address for one of the service's."""
        host, port = self.server_address[:2]
        return f"http://{host}:{port}{urlsplit(address).path}"


class _Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gate

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.server.passed.append(name)
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.passing(name)
        answer = requests.request(
            self.command,
            self.server.issuer + self.path,
            data=sent,
            headers={key: self.headers[key] for key in PASSED_ON if key in self.headers},
            allow_redirects=False,
            timeout=30,
        )
        head = (
            f"HTTP/1.1 {answer.status_code} {answer.reason}\r\n"
            f"Content-Type: {answer.headers['Content-Type']}\r\n"
            f"Content-Length: {len(answer.content)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + answer.content)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass
