"""What the demo's own web servers share: whole answers, pages from templates, a strict policy."""

import contextlib
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.template import Context, Engine

HTML = "text/html; charset=utf-8"
FOLDER = Path(__file__).parent / "html"
_ENGINE = Engine(dirs=[str(FOLDER)])


def render(template: str, **context: Any) -> str:
    """Return a page made from a template of `demo/html/`."""
    return _ENGINE.get_template(template).render(Context(context))


class Server(ThreadingHTTPServer):
    """One site on one address."""

    daemon_threads = True
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    """Answers requests; `form_action` are the Content Security Policy's sources for forms."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    timeout = 120
    # Buffered: two small packets would wait for each other's acknowledgement.
    wbufsize = -1
    form_action = "'none'"

    def do_HEAD(self) -> None:
        self.do_GET()  # type: ignore[attr-defined]  # every site has one

    def page(self, status: int, template: str, **context: Any) -> None:
        self.show(status, render(template, **context))

    def show(self, status: int, page: str) -> None:
        self.send(status, HTML, page.encode(errors="replace"))

    def send(
        self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send one answer; a client that has gone is no error."""
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action {self.form_action}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            **({"Connection": "close"} if self.close_connection else {}),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        with contextlib.suppress(OSError):
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: request lines carry codes and states, and mails are personal."""
