"""The PC's way: a phone opens the QR code, reads the card, and shows a number to type on the PC."""

import hmac
import secrets
import time
import unicodedata

from demo.simulator.cards import Person
from demo.simulator.protocol import PageError, Pairing, Service, remember

NUMBER_DIGITS = 6
MAXIMUM_TRIES = 3
IGNORED = str.maketrans("", "", " \t\r\n-‐‑–—−ー・")


class NotAccepted(Exception):
    """The PC has to do something else first; the text says what."""


class TooManyTries(Exception):
    """The number was wrong too often; the text is the address back to the client."""


class PhoneDesk:
    """Pairs phones with PCs, one phone for each open page."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.lock = service.lock
        self.pairings: dict[str, Pairing] = {}

    def pairing(self, transaction: str, *, renew: bool = False) -> Pairing:
        """Return the PC page's pairing, a new one at first and on request; PageError when over."""
        grant = self.service.open_page(transaction)
        with self.lock:
            if grant.pairing is None or renew:
                if grant.pairing is not None:
                    self.pairings.pop(grant.pairing.handle, None)
                grant.pairing = Pairing(
                    handle=secrets.token_urlsafe(24),
                    transaction=transaction,
                    expires=time.time() + self.service.qr_seconds,
                )
                remember(self.pairings, grant.pairing.handle, grant.pairing)
            return grant.pairing

    def open(self, handle: str) -> Pairing:
        """The phone opens the QR code's address: from now on the code cannot expire."""
        with self.lock:
            pairing = self.pairings.get(handle)
            if pairing is None or pairing.expired:
                raise PageError(
                    "このQRコードは有効期限が切れました。パソコンの画面で作り直してください。"
                )
            pairing.expires = self.service.open_page(pairing.transaction).expires
            return pairing

    def choose(self, handle: str, person: Person, fault: str) -> Pairing:
        """The phone has read a card: from now on there is a number. The first card stands."""
        with self.lock:
            pairing = self.open(handle)
            if not pairing.number and not pairing.cancelled:
                pairing.person, pairing.fault = person, fault
                pairing.number = f"{secrets.randbelow(10**NUMBER_DIGITS):0{NUMBER_DIGITS}}"
            return pairing

    def cancel(self, handle: str) -> Pairing:
        """The phone gives up; the PC learns it at its next step."""
        pairing = self.open(handle)
        pairing.cancelled = True
        return pairing

    def enter(self, transaction: str, typed: str) -> str:
        """Take the number typed on the PC and return where its browser goes.

        Raises NotAccepted with what to do first, or TooManyTries.
        """
        # Full-width digits count as well, separators do not.
        text = unicodedata.normalize("NFKC", typed).translate(IGNORED)
        digits = text.encode("utf-8", "surrogatepass")
        with self.lock:
            pairing = self.pairing(transaction)
            if pairing.cancelled:
                return self.service.cancel(transaction)
            if pairing.expired:
                raise NotAccepted("QRコードの有効期限が切れました。作り直してください。")
            if pairing.person is None:
                raise NotAccepted("先に、スマートフォンで見本のカードを選んでください。")
            if hmac.compare_digest(digits, pairing.number.encode()):
                del self.pairings[pairing.handle]
                return self.service.approve(transaction, pairing.person, pairing.fault)
            if not digits:
                raise NotAccepted("スマートフォンに表示された6ケタの数字を入力してください。")
            pairing.tries += 1
            if left := MAXIMUM_TRIES - pairing.tries:
                raise NotAccepted(
                    f"数字が違います。スマートフォンの画面を確かめてください。あと{left}回入力できます。"
                )
            del self.pairings[pairing.handle]
            raise TooManyTries(self.service.cancel(transaction))
