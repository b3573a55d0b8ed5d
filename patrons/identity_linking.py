"""Which patron is the person whose card was just read? The rule, over stored patrons.

An active link of the identity service's subject decides. Without one, a patron of the same name key
and birth date who has no link yet may be linked by the person, who proves it by the address on the
card or, where no other patron comes into question, by the phone number that the library has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from characters.text import InvalidInput
from patrons.birth_date import is_complete
from patrons.enums import LinkVerdict
from patrons.normalize import address_key, name_key, normalize_phone


class CardIdentity(Protocol):
    """What a card said, byte for byte; the birth date is YYYYMMDD, unknown parts 00."""

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def birth_date(self) -> str: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class LinkCandidate:
    """What the rule needs of an active patron with the card's name key and birth date.

    `closed` says that another card is linked, or that the login has been switched off.
    """

    patron_id: int
    address_key: str
    phone: str
    closed: bool


@dataclass(frozen=True, kw_only=True)
class LinkDecision:
    """What may happen, and the one patron it is about; None where there is no such patron."""

    verdict: LinkVerdict
    patron_id: int | None = None


def is_named(card: CardIdentity, stored_name_key: str, stored_birth_date: str) -> bool:
    """Return whether a record carries the card's name and birth date."""
    return (name_key(card.name), card.birth_date) == (stored_name_key, stored_birth_date)


def decide(
    card: CardIdentity,
    *,
    linked_patron_id: int | None,
    candidates: Iterable[LinkCandidate],
    phone: str = "",
) -> LinkDecision:
    """Decide on whose card was read; `phone` is what the person typed already."""
    if linked_patron_id is not None:
        return LinkDecision(verdict=LinkVerdict.LINKED, patron_id=linked_patron_id)
    found = list(candidates) if is_complete(card.birth_date) else []
    if not found:
        return LinkDecision(verdict=LinkVerdict.UNKNOWN)
    key = address_key(card.address)
    at_address = [one for one in found if one.address_key and one.address_key == key]
    # The holder is whoever lives there, also where that one is closed: then nobody is eligible.
    eligible = at_address or [one for one in found if not one.closed]
    if len(eligible) != 1 or eligible[0].closed:
        return LinkDecision(verdict=LinkVerdict.ELSEWHERE)
    patron = eligible[0]
    if at_address or same_phone(phone, patron.phone):
        return LinkDecision(verdict=LinkVerdict.PROVED, patron_id=patron.patron_id)
    if patron.phone:
        return LinkDecision(verdict=LinkVerdict.PHONE_NEEDED, patron_id=patron.patron_id)
    return LinkDecision(verdict=LinkVerdict.ELSEWHERE)


def same_phone(typed: str, stored: str) -> bool:
    """Return whether two phone numbers are one, however they are written."""
    try:
        return normalize_phone(typed) == normalize_phone(stored)
    except InvalidInput:
        return False
