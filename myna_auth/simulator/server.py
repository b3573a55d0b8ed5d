"""The simulator's HTTP side: threads, keep-alive, no cookies, a strict policy on every page."""

import contextlib
import json
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from myna_auth.simulator import pages
from myna_auth.simulator.assertions import TokenError
from myna_auth.simulator.cards import CARDS, subject_of
from myna_auth.simulator.faults import FAULTS
from myna_auth.simulator.protocol import PageError, Person, RedirectError, Service

OIDC = "/protocol/openid-connect"
MAXIMUM_BODY = 64 * 1024
HANG_SECONDS = 60
DRIP_SECONDS = 0.2
HTML = "text/html; charset=utf-8"
JSON = "application/json"


class Server(ThreadingHTTPServer):
    """One simulated service on one address."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], *, app: pages.App) -> None:
        super().__init__(address, Handler)
        self.app = app
        self.ios_qr = pages.qr_code(app.ios_url)
        self.android_qr = pages.qr_code(app.android_url)
        self.service: Service

    def serve(self, service: Service) -> None:
        """Serve one service until the process is told to stop."""
        self.service = service
        client = urlsplit(service.client.redirect_uri)
        self.policy = (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {client.scheme}://{client.netloc}"
        )
        self.serve_forever(poll_interval=0.2)


class Handler(BaseHTTPRequestHandler):
    """Routes of the simulator; the last requests of a kept-alive connection share one handler."""

    protocol_version = "HTTP/1.1"
    server_version = "myna-simulator"
    sys_version = ""
    timeout = 120
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.service = self.server.service

    def do_GET(self) -> None:
        routes = {
            "/": self._front,
            "/health": lambda: self._send(200, "text/plain", b"ok"),
            "/simulator.css": lambda: self._send(200, "text/css", pages.STYLESHEET),
            "/terms": lambda: self._send(200, HTML, pages.terms_page(pages.TERMS)),
            "/privacy": lambda: self._send(200, HTML, pages.terms_page(pages.PRIVACY)),
            "/card": self._card_page,
            "/.well-known/openid-configuration": self._discovery,
            f"{OIDC}/auth": self._authorize,
            f"{OIDC}/userinfo": self._userinfo,
            f"{OIDC}/certs": self._certs,
        }
        self._route(routes)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAXIMUM_BODY:
            self.close_connection = True
            self._json(413, {"error": "invalid_request"})
            return
        self.body = self.rfile.read(int(length))
        self._route(
            {
                "/card": self._approve,
                "/cancel": self._cancel,
                "/config": self._configure,
                f"{OIDC}/token": self._token,
            }
        )

    def _route(self, routes: dict[str, Callable[[], None]]) -> None:
        self.address = urlsplit(self.path)
        path = self.address.path
        issuer_path = urlsplit(self.service.issuer).path
        action = routes.get(path.removeprefix(issuer_path) if issuer_path else path)
        try:
            if action is None:
                self._send(
                    404, HTML, pages.message_page("見つかりません", "この画面はありません。")
                )
            else:
                action()
        except PageError as error:
            self._send(400, HTML, pages.message_page("続けられません", str(error)))
        except RedirectError as error:
            self._redirect(error.location)

    # -- pages ---------------------------------------------------------------------------------

    def _front(self) -> None:
        message = "図書館のサイトで【マイナンバー読込】を押すと、ここに移動します。"
        self._send(200, HTML, pages.message_page("本人確認サービス（模擬）", message))

    def _authorize(self) -> None:
        handle = self.service.authorize(parse_qs(self.address.query, keep_blank_values=True))
        server = self.server
        page = pages.consent_page(handle, server.app, server.ios_qr, server.android_qr)
        self._send(200, HTML, page)

    def _card_page(self) -> None:
        handle = parse_qs(self.address.query).get("transaction", [""])[0]
        self.service.open_page(handle)
        self._send(200, HTML, pages.card_page(handle, self.server.app))

    def _approve(self) -> None:
        form = self._form()
        handle, fault = form.get("transaction", ""), form.get("fault", "none")
        self.service.open_page(handle)
        if form.get("card") == "typed" or form.get("name"):
            person = self._typed_person(form)
        else:
            card = CARDS.get(form.get("card", ""))
            person = card and Person(
                subject=card.subject,
                name=card.name,
                birthdate=card.birthdate,
                address=card.address,
            )
        if person is None or fault not in FAULTS:
            problem = "見本のカードを選ぶか、氏名・生年月日・住所を入力してください。"
            self._send(422, HTML, pages.card_page(handle, self.server.app, problem))
            return
        self._redirect(self.service.approve(handle, person, fault))

    def _typed_person(self, form: dict[str, str]) -> Person | None:
        name, birthdate, address = (form.get(key, "") for key in ("name", "birthdate", "address"))
        if not (name and birthdate and address):
            return None
        subject = form.get("subject") or subject_of(f"{name} {birthdate}")
        return Person(subject=subject, name=name, birthdate=birthdate, address=address)

    def _cancel(self) -> None:
        self._redirect(self.service.cancel(self._form().get("transaction", "")))

    # -- protocol ------------------------------------------------------------------------------

    def _discovery(self) -> None:
        issuer = self.service.issuer
        self._json(
            200,
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}{OIDC}/auth",
                "token_endpoint": f"{issuer}{OIDC}/token",
                "userinfo_endpoint": f"{issuer}{OIDC}/userinfo",
                "jwks_uri": f"{issuer}{OIDC}/certs",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "name", "address", "birthdate", "gender"],
                "authorization_response_iss_parameter_supported": True,
            },
        )

    def _certs(self) -> None:
        if not self._misbehave(self.service.fault.replies.get("jwks")):
            self._json(200, self.service.jwks())

    def _token(self) -> None:
        try:
            grant, answer = self.service.exchange(self._form())
        except TokenError as error:
            text = {"error": error.error, "error_description": error.description}
            self._json(error.status, text)
            return
        if not self._misbehave(grant.fault.replies.get("token")):
            self._json(200, answer)

    def _userinfo(self) -> None:
        found = self.service.userinfo(self.headers.get("Authorization", ""))
        if found is None:
            self._json(401, {"error": "invalid_token"}, {"WWW-Authenticate": "Bearer"})
            return
        grant, claims = found
        if not self._misbehave(grant.fault.replies.get("userinfo")):
            self._json(200, claims)

    def _configure(self) -> None:
        """Set faults for automated tests; JSON only, so that no web page can post here."""
        if self.headers.get_content_type() != JSON:
            self._json(415, {"error": "send application/json"})
            return
        try:
            self.service.configure(json.loads(self.body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._json(400, {"error": f"{type(error).__name__}: {error}"})
            return
        self._json(200, {"ok": True})

    def _misbehave(self, kind: str | None) -> bool:
        """Give a faulty reply of a kind named in a fault; say whether it did."""
        if self.service.delay_seconds:
            time.sleep(self.service.delay_seconds)
        if not kind:
            return False
        if kind == "timeout":
            time.sleep(HANG_SECONDS)
            self.close_connection = True
        elif kind == "drip":
            self._drip()
        elif kind == "html":
            self._send(
                200, HTML, pages.message_page("混み合っています", "しばらくお待ちください。")
            )
        elif kind == "huge":
            self._send(200, JSON, b'{"access_token": "' + b"x" * 5_000_000 + b'"}')
        elif kind == "redirect":
            self._send(302, HTML, b"", {"Location": f"{self.service.issuer}{OIDC}/certs"})
        else:
            self._json(int(kind), {"error": "simulated"})
        return True

    def _drip(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" * 20:
                self.wfile.write(bytes([byte]))
                time.sleep(DRIP_SECONDS)

    # -- plumbing ------------------------------------------------------------------------------

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
            "Content-Security-Policy": self.server.policy,
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

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: request lines carry codes and states."""
