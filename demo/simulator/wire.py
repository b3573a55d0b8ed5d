"""The simulator's plumbing: whole replies in one write, forms, and replies that misbehave."""

import contextlib
import gzip
import json
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from demo.simulator.faults import Fault

MAXIMUM_BODY = 64 * 1024
HANG_SECONDS = 60
DRIP_SECONDS = 0.2
HTML = "text/html; charset=utf-8"
JSON = "application/json"
REDIRECTED_TO = "certs"


class Wire(BaseHTTPRequestHandler):
    """Sends and receives; `policy` is the Content Security Policy of every page."""

    protocol_version = "HTTP/1.1"
    server_version = "myna-simulator"
    sys_version = ""
    timeout = 120
    disable_nagle_algorithm = True
    policy = ""

    def _read_body(self) -> bool:
        """Read the request's body; a client whose body is too large gets 413 and False."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or not length.isascii() or int(length) > MAXIMUM_BODY:
            self.close_connection = True
            self._json(413, {"error": "invalid_request"})
            return False
        self.body = self.rfile.read(int(length))
        return True

    def _form(self) -> dict[str, str]:
        if self.headers.get_content_type() != "application/x-www-form-urlencoded":
            return {}
        parsed = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in parsed.items() if len(values) == 1}

    def _redirect(self, location: str) -> None:
        self._send(303, HTML, b"", {"Location": location})

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, JSON, json.dumps(body).encode(), headers)

    def _send(
        self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        lines = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": self.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        } | (headers or {})
        if self.close_connection:
            lines["Connection"] = "close"
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items()
        )
        # One write: two small packets would wait for each other's acknowledgement.
        payload = b"" if self.command == "HEAD" else body
        with contextlib.suppress(OSError):
            self.wfile.write(head.encode("latin-1") + b"\r\n" + payload)

    def _answer(self, endpoint: str, fault: Fault, answer: dict[str, Any], jwt: str = "") -> None:
        """Send an endpoint's answer as JSON, or what a fault wants in its place."""
        time.sleep(fault.delay_ms / 1000)
        kind = fault.replies.get(endpoint, "")
        body = fault.bodies.get(endpoint, json.dumps(answer).encode())
        if not kind:
            self._send(200, JSON, body)
        elif kind == "timeout":
            time.sleep(HANG_SECONDS)
            self.close_connection = True
        elif kind == "drip":
            self._drip()
        elif kind == "html":
            self._send(200, HTML, "<!DOCTYPE html><title>混み合っています</title>".encode())
        elif kind == "jwt":
            self._send(200, "application/jwt", jwt.encode())
        elif kind == "gzip":
            self._send(200, JSON, gzip.compress(body), {"Content-Encoding": "gzip"})
        elif kind == "huge":
            self._send(200, JSON, b'{"access_token": "' + b"x" * 5_000_000 + b'"}')
        elif kind == "redirect":
            self._send(302, HTML, b"", {"Location": REDIRECTED_TO})
        else:
            self._json(int(kind), {"error": "simulated"})

    def _drip(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" * 20:
                self.wfile.write(bytes([byte]))
                time.sleep(DRIP_SECONDS)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: request lines carry codes and states."""
