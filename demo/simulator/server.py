"""The simulator's HTTP side: threads, keep-alive, no cookies, a strict policy on every page."""

import json
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from demo.simulator import pages
from demo.simulator.assertions import TokenError
from demo.simulator.cards import CARDS, subject_of
from demo.simulator.faults import FAULTS
from demo.simulator.grants import PageError, Pairing, Person
from demo.simulator.pages import NOTHING
from demo.simulator.phones import NotAccepted, PhoneDesk, TooManyTries
from demo.simulator.protocol import RedirectError, Service
from demo.simulator.wire import HTML, JSON, Wire

OIDC = "/protocol/openid-connect"
CHOOSE = "見本のカードを選ぶか、氏名・生年月日・住所を入力してください。"


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
        self.phones: PhoneDesk

    def serve(self, service: Service) -> None:
        """Serve one service until the process is told to stop."""
        self.service = service
        self.phones = PhoneDesk(service)
        client, own = urlsplit(service.client.redirect_uri), urlsplit(service.issuer)
        self.origin = f"{own.scheme}://{own.netloc}"
        self.policy = (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {client.scheme}://{client.netloc}"
        )
        self.serve_forever(poll_interval=0.2)


class Handler(Wire):
    """Routes of the simulator; the last requests of a kept-alive connection share one handler."""

    server: Server

    def setup(self) -> None:
        super().setup()
        self.service = self.server.service
        self.phones = self.server.phones
        self.policy = self.server.policy

    def do_GET(self) -> None:
        self._route(
            {
                "/": self._front,
                "/health": lambda: self._send(200, "text/plain", b"ok"),
                "/simulator.css": lambda: self._send(200, "text/css", pages.STYLESHEET),
                "/terms": lambda: self._send(200, HTML, pages.terms_page(pages.TERMS)),
                "/privacy": lambda: self._send(200, HTML, pages.terms_page(pages.PRIVACY)),
                "/card": self._card_page,
                "/pc": self._pc_page,
                "/phone": self._phone_page,
                "/.well-known/openid-configuration": self._discovery,
                f"{OIDC}/auth": self._authorize,
                f"{OIDC}/userinfo": self._userinfo,
                f"{OIDC}/certs": self._certs,
            }
        )

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        if self._read_body():
            self._route(
                {
                    "/card": self._approve,
                    "/cancel": self._cancel,
                    "/pc": self._pc_answer,
                    "/phone": self._phone_answer,
                    "/phone/cancel": self._phone_cancel,
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
                self._page(404, pages.message_page("見つかりません", "この画面はありません。"))
            else:
                action()
        except PageError as error:
            self._page(400, pages.message_page("続けられません", str(error)))
        except RedirectError as error:
            self._redirect(error.location)

    def _page(self, status: int, page: bytes) -> None:
        self._send(status, HTML, page)

    def _asked(self, name: str) -> str:
        return parse_qs(self.address.query).get(name, [""])[0]

    # -- pages on the device that started ------------------------------------------------------

    def _front(self) -> None:
        message = "図書館のサイトで【マイナンバー読込】を押すと、ここに移動します。"
        self._page(200, pages.message_page("本人確認サービス（模擬）", message))

    def _authorize(self) -> None:
        handle = self.service.authorize(parse_qs(self.address.query, keep_blank_values=True))
        server = self.server
        self._page(200, pages.consent_page(handle, server.app, server.ios_qr, server.android_qr))

    def _card_page(self) -> None:
        handle = self._asked("transaction")
        self.service.open_page(handle)
        self._page(200, pages.card_page(handle, self.server.app))

    def _approve(self) -> None:
        form = self._form()
        handle = form.get("transaction", "")
        self.service.open_page(handle)
        chosen = _chosen(form)
        if chosen is None:
            self._page(422, pages.card_page(handle, self.server.app, CHOOSE, form))
        else:
            self._redirect(self.service.approve(handle, *chosen))

    def _cancel(self) -> None:
        self._redirect(self.service.cancel(self._form().get("transaction", "")))

    # -- a PC and a phone ----------------------------------------------------------------------

    def _pc_page(self) -> None:
        self._show_pc(200, self.phones.pairing(self._asked("transaction")))

    def _pc_answer(self) -> None:
        form = self._form()
        transaction = form.get("transaction", "")
        if "renew" in form:
            self._show_pc(200, self.phones.pairing(transaction, renew=True))
            return
        try:
            self._redirect(self.phones.enter(transaction, form.get("number", "")))
        except NotAccepted as problem:
            self._show_pc(422, self.phones.pairing(transaction), str(problem))
        except TooManyTries as end:
            self._page(403, pages.too_many_tries_page(end.location))

    def _show_pc(self, status: int, pairing: Pairing, problem: str = "") -> None:
        address = f"{self.server.origin}/phone?{urlencode({'pairing': pairing.handle})}"
        self._page(status, pages.pc_page(pairing, address, problem))

    def _phone_page(self) -> None:
        self._show_phone(200, self.phones.open(self._asked("pairing")))

    def _phone_answer(self) -> None:
        form = self._form()
        handle = form.get("pairing", "")
        chosen = _chosen(form)
        if chosen is None:
            self._show_phone(422, self.phones.open(handle), CHOOSE, form)
        else:
            self._show_phone(200, self.phones.choose(handle, *chosen))

    def _phone_cancel(self) -> None:
        pairing = self.phones.cancel(self._form().get("pairing", ""))
        self._show_phone(200, pairing)

    def _show_phone(
        self, status: int, pairing: Pairing, problem: str = "", sent: Mapping[str, str] = NOTHING
    ) -> None:
        self._page(status, pages.phone_page(pairing, self.server.app, problem, sent))

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
        self._answer("jwks", self.service.jwks_fault, self.service.jwks())

    def _token(self) -> None:
        try:
            grant, answer = self.service.exchange(self._form())
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
        fault, claims = found
        self._answer("userinfo", fault, claims, jwt=self.service.signed(claims))

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


def _chosen(form: dict[str, str]) -> tuple[Person, str] | None:
    """Return the person and the fault picked on a desk of cards; None when either is missing."""
    fault = form.get("fault", "none")
    if form.get("card") == "typed" or form.get("name"):
        person = _typed(form)
    else:
        card = CARDS.get(form.get("card", ""))
        person = None
        if card:
            person = Person(
                subject=card.subject, name=card.name, birthdate=card.birthdate, address=card.address
            )
    return (person, fault) if person and fault in FAULTS else None


def _typed(form: dict[str, str]) -> Person | None:
    name, birthdate, address = (form.get(key, "") for key in ("name", "birthdate", "address"))
    if not (name and birthdate and address):
        return None
    subject = form.get("subject") or subject_of(f"{name} {birthdate}")
    return Person(subject=subject, name=name, birthdate=birthdate, address=address)
