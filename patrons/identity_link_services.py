"""Which patron is the person whose card was read? Found without a lock, linked under one.

An active link of the identity service's subject decides. Without one, a patron of the same name key
and birth date who has no link yet may be linked by the person, who proves it by the address on the
card or, where no other patron comes into question, by the phone number that the library has.
No card finds, opens or is linked to a withheld patron, whoever tries.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from characters.text import InvalidInput
from myna_auth.claims import VerifiedIdentity
from patrons.birth_date import is_complete
from patrons.matching.addresses import AddressAgreement, compare_addresses
from patrons.matching.duplicates import Applicant
from patrons.matching.keys import is_certain, name_key
from patrons.models import IdentityLink, Patron
from patrons.normalize import normalize_phone
from patrons.services import attach_identity, lock_birth_date

# What a card said, byte for byte.
CardIdentity = VerifiedIdentity | Applicant


class LinkVerdict(StrEnum):
    """What a card that was read may be linked to."""

    LINKED = "linked"
    PROVED = "proved"
    PHONE_NEEDED = "phone_needed"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class LinkRefusal(StrEnum):
    OTHER_PERSON = "other_person"
    TAKEN = "taken"
    OTHER_CARD = "other_card"
    WITHHELD = "withheld"
    CHANGED = "changed"


class LinkRefused(Exception):
    """The card cannot be linked to the patron; `refusal` says why."""

    def __init__(self, refusal: LinkRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class LinkCandidate(NamedTuple):
    """What the rule needs of an active patron with the card's name key and birth date.

    `closed` says that another card is linked, or that the login has been switched off; `withheld`
    that no card may open or show the patron.
    """

    patron_id: int
    address: str
    phone: str
    closed: bool
    withheld: bool = False


class LinkDecision(NamedTuple):
    """What may happen, and the one patron it is about; None where there is no such patron.

    `withheld_id` is a withheld patron for whose sake nobody is found: for the record alone.
    """

    verdict: LinkVerdict
    patron_id: int | None = None
    withheld_id: int | None = None


def find_patron(*, card: CardIdentity, phone: str = "") -> LinkDecision:
    """Say whose card was read, in at most two queries; `phone` was typed by the same person."""
    links = IdentityLink.objects.active().filter(issuer=card.issuer, subject=card.subject)
    linked = links.values_list("patron_id", "patron__withheld_at").first()
    if linked and linked[1] is None:
        return LinkDecision(LinkVerdict.LINKED, linked[0])
    # Looked for whoever is linked, so that a withheld patron takes as long as nobody.
    found = decide(card, _candidates(name_key(card.name), card.birth_date), phone)
    return LinkDecision(LinkVerdict.UNKNOWN, withheld_id=linked[0]) if linked else found


def decide(card: CardIdentity, found: list[LinkCandidate], phone: str = "") -> LinkDecision:
    """Decide on whose card was read, where it is linked to nobody."""
    if not (found and is_complete(card.birth_date)):
        return LinkDecision(LinkVerdict.UNKNOWN)
    # The key of the house alone would take the flat next door for this one.
    at_address = [
        one
        for one in found
        if compare_addresses(card.address, one.address) is AddressAgreement.SAME
    ]
    # Whoever may be a withheld patron finds nobody, and so not a namesake either.
    if withheld := [one.patron_id for one in at_address or found if one.withheld]:
        return LinkDecision(LinkVerdict.UNKNOWN, withheld_id=withheld[0])
    # The holder is whoever lives there, also where that one is closed: then nobody is eligible.
    eligible = at_address or [one for one in found if not one.closed]
    if len(eligible) != 1 or eligible[0].closed:
        return LinkDecision(LinkVerdict.ELSEWHERE)
    patron = eligible[0]
    if at_address or same_phone(phone, patron.phone):
        return LinkDecision(LinkVerdict.PROVED, patron.patron_id)
    if patron.phone:
        return LinkDecision(LinkVerdict.PHONE_NEEDED, patron.patron_id)
    return LinkDecision(LinkVerdict.ELSEWHERE)


def same_phone(typed: str, stored: str) -> bool:
    """Return whether two phone numbers are one, however they are written."""
    try:
        return normalize_phone(typed) == normalize_phone(stored)
    except InvalidInput:
        return False


@transaction.atomic
def link_found_patron(
    *, patron_id: int, issuer: str, subject: str, unchanged_since: datetime
) -> Patron:
    """Link a card to the patron it was found to belong to, at the person's request.

    Everything is looked at again: the record is the one that was found, no namesake it was told
    apart from has changed, and no other card and no other patron came in between. A card that is
    linked to this patron already stays so. Raises LinkRefused; the caller's transaction stays
    usable.
    """
    patron = _locked(patron_id)
    if _is_linked(patron, issuer, subject):
        return patron
    candidates = _candidates(patron.name_key, patron.birth_date)
    is_open = any(not one.closed for one in candidates if one.patron_id == patron.pk)
    namesakes = Patron.objects.named(patron.name_key, patron.birth_date)
    if not is_open or namesakes.filter(updated_at__gt=unchanged_since).exists():
        raise LinkRefused(LinkRefusal.CHANGED)
    _attach(patron, issuer, subject, "found")
    return patron


@transaction.atomic
def link_own_card(*, patron: Patron, card: CardIdentity) -> bool:
    """Link a card to the patron who is logged in; return False where it was linked already.

    The subject may change after a certificate lapsed: an older link of the patron is revoked.
    Raises LinkRefused where the card is another person's or linked to another patron.
    """
    stored = _locked(patron.pk)
    if (name_key(card.name), card.birth_date) != (stored.name_key, stored.birth_date):
        raise LinkRefused(LinkRefusal.OTHER_PERSON)
    if _is_linked(stored, card.issuer, card.subject):
        return False
    if not is_certain(stored.name_key):
        raise LinkRefused(LinkRefusal.OTHER_PERSON)
    _revoke(stored.pk, stored.identity_links.active())
    _attach(stored, card.issuer, card.subject, "owner")
    return True


@transaction.atomic
def link_by_staff(
    *, patron_id: int, issuer: str, subject: str, replace_card: bool = False
) -> Patron:
    """Link a card to the patron whom staff found to be its holder, whatever the names say.

    With `replace_card` another card's link is revoked; without it such a patron is refused. Raises
    LinkRefused; the caller's transaction stays usable.
    """
    patron = _locked(patron_id)
    if _is_linked(patron, issuer, subject):
        return patron
    others = patron.identity_links.active()
    if others.exists() and not replace_card:
        raise LinkRefused(LinkRefusal.OTHER_CARD)
    _revoke(patron.pk, others)
    _attach(patron, issuer, subject, "staff")
    return patron


def _is_linked(patron: Patron, issuer: str, subject: str) -> bool:
    """Return whether a card is the patron's already; raises LinkRefused where it is another's."""
    links = IdentityLink.objects.active().filter(issuer=issuer, subject=subject)
    linked = links.values_list("patron_id", flat=True).first()
    if linked not in (None, patron.pk):
        raise LinkRefused(LinkRefusal.TAKEN)
    return linked is not None


def _candidates(key: str, birth_date: str) -> list[LinkCandidate]:
    if not is_certain(key):
        return []
    links = Count("identity_links", filter=Q(identity_links__revoked_at=None))
    rows = Patron.objects.named(key, birth_date).annotate(links=links)
    return [
        LinkCandidate(pk, place, phone, is_active is False or links > 0, withheld_at is not None)
        for pk, place, phone, is_active, links, withheld_at in rows.values_list(
            "pk", "address", "phone", "user__is_active", "links", "withheld_at"
        )
    ]


def _locked(patron_id: int) -> Patron:
    """Lock an active patron: first the birth date, as every writer does, then the row."""
    birth_date = Patron.objects.values_list("birth_date", flat=True).get(pk=patron_id)
    lock_birth_date(birth_date=birth_date)
    patron = Patron.objects.active().select_for_update().filter(pk=patron_id).first()
    if patron is None or patron.birth_date != birth_date:
        raise LinkRefused(LinkRefusal.CHANGED)
    if patron.is_withheld:
        raise LinkRefused(LinkRefusal.WITHHELD)
    return patron


def _revoke(patron_id: int, links: QuerySet) -> None:
    if count := links.update(revoked_at=timezone.now()):
        record(Event.MYNUMBER_UNLINKED, patron_id=patron_id, reason="other_card", count=count)


def _attach(patron: Patron, issuer: str, subject: str, by: str) -> None:
    patron.verified_at = timezone.now()
    try:
        with transaction.atomic():
            attach_identity(patron=patron, issuer=issuer, subject=subject, now=patron.verified_at)
            patron.save(update_fields=["verified_at"])
            record(Event.MYNUMBER_LINKED, patron_id=patron.pk, reason=by)
    except IntegrityError:
        raise LinkRefused(LinkRefusal.TAKEN) from None
