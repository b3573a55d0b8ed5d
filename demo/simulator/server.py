"""The simulator's HTTP side, and replies that misbehave."""

import contextlib
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from demo import web
from demo.simulator.assertions import TokenError
from demo.simulator.cards import CARDS, DEFAULT_CARD, Person, subject_of
from demo.simulator.faults import FAULTS, GROUPS, Fault
from demo.simulator.phones import NotAccepted, PhoneDesk, TooManyTries
from demo.simulator.protocol import PageError, Pairing, RedirectError, Service
from ui.qr_code import qr_code

OIDC = "/protocol/openid-connect"
JSON = "application/json"
LARGEST_BODY = 64 * 1024
HANG_SECONDS = 60
DRIP_SECONDS = 0.2
STYLESHEET = (web.FOLDER / "simulator.css").read_bytes()
# Where each phone finds the identity app.
APPS = {
    "iOS": "https://www.apple.com/jp/app-store/",
    "Android": "https://play.google.com/store/apps",
}
CHOOSE = "見本のカードを選ぶか、氏名・生年月日・住所を入力してください。"
NOTHING: Mapping[str, str] = {}


class Server(web.Server):
    """One simulated service on one address."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Handler)
        self.apps = [(name, address, qr_code(address)) for name, address in APPS.items()]
        self.service: Service
        self.phones: PhoneDesk

    def serve(self, service: Service) -> None:
        """Serve one service until the process is told to stop."""
        self.service = service
        self.phones = PhoneDesk(service)
        client, own = urlsplit(service.client.redirect_uri), urlsplit(service.issuer)
        self.origin = f"{own.scheme}://{own.netloc}"
        self.issuer_path = own.path
        self.form_action = f"'self' {client.scheme}://{client.netloc}"
        self.serve_forever(poll_interval=0.2)


class Handler(web.Handler):
    """Routes of the simulator; the last requests of a kept-alive connection share one handler."""

    server: Server

    def setup(self) -> None:
        super().setup()
        self.service = self.server.service
        self.phones = self.server.phones
        self.form_action = self.server.form_action

    def do_GET(self) -> None:
        parameters = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        asked = _once(parameters)
        self._route(
            {
                "/": lambda: self.page(200, "simulator/front.html"),
                "/health": lambda: self.send(200, "text/plain", b"ok"),
                "/simulator.css": lambda: self.send(200, "text/css", STYLESHEET),
                "/terms": lambda: self._terms("マイキープラットフォーム利用規約"),
                "/privacy": lambda: self._terms("マイキープラットフォームプライバシーポリシー"),
                "/card": lambda: self._card_page(asked["transaction"]),
                "/pc": lambda: self._show_pc(200, self.phones.pairing(asked["transaction"])),
                "/phone": lambda: self._show_phone(200, self.phones.open(asked["pairing"])),
                "/.well-known/openid-configuration": self._discovery,
                f"{OIDC}/auth": lambda: self._authorize(parameters),
                f"{OIDC}/userinfo": self._userinfo,
                f"{OIDC}/certs": lambda: self._answer(
                    "jwks", self.service.jwks_fault, self.service.jwks()
                ),
            }
        )

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or not length.isascii() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._json(413, {"error": "invalid_request"})
            return
        self.body = self.rfile.read(int(length))
        form = _once({})
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            form = _once(parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        self._route(
            {
                "/card": lambda: self._approve(form, form["transaction"]),
                "/cancel": lambda: self._redirect(self.service.cancel(form["transaction"])),
                "/pc": lambda: self._pc_answer(form, form["transaction"]),
                "/phone": lambda: self._phone_answer(form, form["pairing"]),
                "/phone/cancel": lambda: self._show_phone(200, self.phones.cancel(form["pairing"])),
                "/config": self._configure,
                f"{OIDC}/token": lambda: self._token(form),
            }
        )

    def _route(self, routes: dict[str, Callable[[], None]]) -> None:
        action = routes.get(urlsplit(self.path).path.removeprefix(self.server.issuer_path))
        try:
            if action is None:
                self._message(404, "見つかりません", "この画面はありません。")
            else:
                action()
        except PageError as error:
            self._message(400, "続けられません", str(error))
        except RedirectError as error:
            self._redirect(str(error))

    def _redirect(self, location: str, status: int = 303) -> None:
        self.send(status, web.HTML, b"", {"Location": location})

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.send(status, JSON, json.dumps(body).encode(), headers)

    def _terms(self, title: str) -> None:
        self.page(200, "simulator/terms.html", title=title)

    def _message(self, status: int, title: str, message: str) -> None:
        self.page(status, "simulator/layout.html", title=title, message=message)

    # -- pages on the device that started: the manual's ③ and ④, and cards in place of ⑤ ---------

    def _authorize(self, parameters: dict[str, list[str]]) -> None:
        handle = self.service.authorize(parameters)
        self.page(200, "simulator/consent.html", transaction=handle, apps=self.server.apps)

    def _card_page(self, handle: str) -> None:
        self.service.open_page(handle)
        self._show_desk(200, "simulator/card.html", transaction=handle)

    def _approve(self, form: dict[str, str], handle: str) -> None:
        self.service.open_page(handle)
        chosen = _chosen(form)
        if chosen is None:
            self._show_desk(422, "simulator/card.html", CHOOSE, form, transaction=handle)
        else:
            self._redirect(self.service.approve(handle, *chosen))

    def _show_desk(
        self,
        status: int,
        template: str,
        problem: str = "",
        sent: Mapping[str, str] = NOTHING,
        **context: Any,
    ) -> None:
        """Show the fields that choose a card, type one, and pick a fault, filled as they were."""
        desk = {
            "cards": CARDS.values(),
            "groups": GROUPS,
            "sent": {"card": DEFAULT_CARD, "fault": "none", **sent},
        }
        self.page(status, template, problem=problem, **desk, **context)

    # -- a PC and a phone ----------------------------------------------------------------------

    def _pc_answer(self, form: dict[str, str], transaction: str) -> None:
        if "renew" in form:
            self._show_pc(200, self.phones.pairing(transaction, renew=True))
            return
        try:
            self._redirect(self.phones.enter(transaction, form.get("number", "")))
        except NotAccepted as problem:
            self._show_pc(422, self.phones.pairing(transaction), str(problem))
        except TooManyTries as end:
            self.page(403, "simulator/too_many_tries.html", location=str(end))

    def _show_pc(self, status: int, pairing: Pairing, problem: str = "") -> None:
        address = f"{self.server.origin}/phone?{urlencode({'pairing': pairing.handle})}"
        context = {
            "pairing": pairing,
            "transaction": pairing.transaction,
            "minutes": f"{self.service.qr_seconds / 60:g}",
            "address": address,
            "qr": qr_code(address),
        }
        self.page(status, "simulator/pc.html", problem=problem, **context)

    def _phone_answer(self, form: dict[str, str], handle: str) -> None:
        chosen = _chosen(form)
        if chosen is None:
            self._show_phone(422, self.phones.open(handle), CHOOSE, form)
        else:
            self._show_phone(200, self.phones.choose(handle, *chosen))

    def _show_phone(
        self, status: int, pairing: Pairing, problem: str = "", sent: Mapping[str, str] = NOTHING
    ) -> None:
        if pairing.cancelled:
            self.page(status, "simulator/cancelled.html")
        elif pairing.number:
            self.page(status, "simulator/number.html", pairing=pairing)
        else:
            self._show_desk(status, "simulator/phone.html", problem, sent, pairing=pairing)

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

    def _token(self, form: dict[str, str]) -> None:
        try:
            grant, answer = self.service.exchange(form)
        except TokenError as error:
            text = {"error": error.error, "error_description": error.description}
            self._json(error.status, text)
            return
        self._answer("token", grant.fault, answer)

    def _userinfo(self) -> None:
        found = self.service.userinfo(self.headers.get("Authorization", ""))
        if found is None:
            self._json(401, {"error": "invalid_token"}, {"WWW-Authenticate": "Bearer"})
            return
        self._answer("userinfo", *found)

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

    def _answer(self, endpoint: str, fault: Fault, answer: dict[str, Any]) -> None:
        """Send an endpoint's answer as JSON, or what a fault wants in its place."""
        time.sleep(fault.delay_ms / 1000)
        body = fault.bodies.get(endpoint, json.dumps(answer).encode())
        match fault.replies.get(endpoint):
            case None:
                self.send(200, JSON, body)
            case "timeout":
                time.sleep(HANG_SECONDS)
                self.close_connection = True
            case "drip":
                self.close_connection = True
                with contextlib.suppress(OSError):
                    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" * 20:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(DRIP_SECONDS)
            case "html":
                text = "<!DOCTYPE html><title>混み合っています</title>"
                self.send(200, web.HTML, text.encode())
            case "jwt":
                self.send(200, "application/jwt", self.service.signed(answer).encode())
            case "gzip":
                self.send(200, JSON, gzip.compress(body), {"Content-Encoding": "gzip"})
            case "huge":
                self.send(200, JSON, b'{"access_token": "' + b"x" * 5_000_000 + b'"}')
            case "redirect":
                self._redirect("certs", 302)
            case status:
                self._json(int(status), {"error": "simulated"})


def _once(parsed: Mapping[str, list[str]]) -> defaultdict[str, str]:
    """Return the values of what was sent once; everything else is empty."""
    once = {name: values[0] for name, values in parsed.items() if len(values) == 1}
    return defaultdict(str, once)


def _chosen(form: Mapping[str, str]) -> tuple[Person, str] | None:
    """Return the person and the fault picked on a desk of cards; None when either is missing."""
    fault = form.get("fault", "none")
    person: Person | None
    if form.get("card") == "typed" or form.get("name"):
        typed = {name: form.get(name, "") for name in ("name", "birthdate", "address")}
        subject = form.get("subject") or subject_of(f"{typed['name']} {typed['birthdate']}")
        person = Person(subject=subject, **typed) if all(typed.values()) else None
    else:
        person = CARDS.get(form.get("card", ""))
    return (person, fault) if person and fault in FAULTS else None
