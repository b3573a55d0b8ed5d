"""Writes after a move: name and address from the card, then what is typed to go with them.

Nobody loses the patron card over a move: whether who has moved away stays a patron is the
library's to say, and staff filter by `moved_out_at`. Another subject, another birth date, text that
cannot be printed, or a name and birth date of another patron changes nothing. Where the matching
key of name or address changed, kana or postal code wait to be confirmed (`kana_outdated`,
`postal_code_outdated`); another spelling asks nobody anything.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from characters.text import one_line
from patrons import birth_date, residency
from patrons.identity_link_services import CardIdentity
from patrons.matching.addresses import address_key
from patrons.matching.keys import kana_key, name_key
from patrons.models import Patron
from patrons.normalize import has_forbidden_characters
from patrons.residency import ResidencyDecision, ResidencyReason
from patrons.services import lock_birth_date, lock_for_change


class CardDataRefusal(StrEnum):
    """Why a reading of the card changes nothing about a patron."""

    NOT_LINKED = "not_linked"
    OTHER_PERSON = "other_person"
    BIRTH_DATE = "birth_date"
    CHARACTERS = "characters"
    NAMESAKE = "namesake"


class CardDataRefused(Exception):
    """What the card says is not taken over; `reason` says why."""

    def __init__(self, reason: CardDataRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class KanaOvertaken(Exception):
    """The name or its kana is no longer what the change was asked for."""


@dataclass(frozen=True, kw_only=True)
class CardDataChanges:
    """How a reading differs from what is stored.

    `name` and `address`: any character differs. `kana_outdated` and `postal_code_outdated`: it is
    another name or place, not another spelling, so what was typed for it may no longer be right.
    `moved_out`: the person lived in the area before and no longer does.
    """

    name: bool
    address: bool
    kana_outdated: bool
    postal_code_outdated: bool
    residency: ResidencyDecision
    moved_out: bool

    @property
    def any(self) -> bool:
        return self.name or self.address


def refusal(patron: Patron, card: CardIdentity) -> CardDataRefusal | None:
    """Return why staff have to look before anything is taken over, None when they need not."""
    if not birth_date.may_be_same(patron.birth_date, card.birth_date):
        return CardDataRefusal.BIRTH_DATE
    if has_forbidden_characters(f"{card.name}{one_line(card.address)}"):
        return CardDataRefusal.CHARACTERS
    return None


def compare(patron: Patron, card: CardIdentity) -> CardDataChanges:
    """Compare a reading of the patron's own card with what is stored."""
    decision = residency.decide(card.address)
    before = residency.decide(patron.address).reason
    # Somebody may have registered from outside the area, as commuters do at the counter.
    lived_elsewhere = before in (ResidencyReason.NOT_ELIGIBLE, ResidencyReason.ABROAD)
    return CardDataChanges(
        name=card.name != patron.name,
        address=card.address != patron.address,
        kana_outdated=name_key(card.name) != name_key(patron.name),
        postal_code_outdated=address_key(card.address) != address_key(patron.address),
        residency=decision,
        moved_out=not decision.eligible
        and (patron.moved_out_at is not None or not lived_elsewhere),
    )


def take_card_data(
    *, patron: Patron, card: CardIdentity, now: datetime | None = None
) -> CardDataChanges:
    """Take name and address over from a reading of the patron's own card, and decide residency.

    Where both are as stored, only the moments of the reading move. Raises CardDataRefused, and then
    nothing has changed; the caller's transaction stays usable.
    """
    try:
        with transaction.atomic():
            lock_birth_date(birth_date=patron.birth_date)
            stored = Patron.objects.select_for_update().get(pk=patron.pk)
            _check_link(stored, card)
            if reason := refusal(stored, card):
                raise CardDataRefused(reason)
            changes = compare(stored, card)
            # Refused before the database does, whose own log would name the person.
            namesakes = Patron.objects.named(name_key(card.name), stored.birth_date)
            if namesakes.filter(namesake_no=stored.namesake_no).exclude(pk=stored.pk).exists():
                raise CardDataRefused(CardDataRefusal.NAMESAKE)
            _store(stored, card, changes, now or timezone.now())
            read = [name for name in ("name", "address") if getattr(changes, name)]
            record(Event.CARD_DATA_TAKEN, patron_id=stored.pk, fields=read)
            return changes
    except IntegrityError:
        # The second net behind the lock: whoever is stored without it.
        raise CardDataRefused(CardDataRefusal.NAMESAKE) from None


@transaction.atomic
def confirm_outdated(
    *, patron: Patron, kana: tuple[str, str] | None = None, postal_code: str | None = None
) -> None:
    """Store what goes with the name and address as they are now; None is not asked for.

    `kana` is family and given name, by which the duplicate rules compare. Values are normalised
    already; "" is the postal code of those who live abroad. Raises PatronErased.
    """
    if kana is not None:
        lock_birth_date(birth_date=patron.birth_date)
    stored = lock_for_change(patron=patron)
    before = (stored.last_name_kana, stored.first_name_kana, stored.postal_code)
    fields = []
    if kana is not None:
        fields += ["last_name_kana", "first_name_kana"]
        stored.last_name_kana, stored.first_name_kana = kana
        stored.kana_key = kana_key("".join(kana))
        stored.kana_outdated = False
    if postal_code is not None:
        fields += ["postal_code"]
        stored.postal_code = postal_code
        stored.postal_code_outdated = False
    if before != (stored.last_name_kana, stored.first_name_kana, stored.postal_code):
        stored.updated_at = timezone.now()
    stored.save()
    record(Event.CONTACT_CHANGED, patron_id=stored.pk, fields=fields)


@transaction.atomic
def change_kana(*, patron: Patron, kana: tuple[str, str], before: tuple[str, str]) -> None:
    """Store the kana that staff have allowed; values are normalised already.

    Raises KanaOvertaken unless the patron is active and the kana is still `before`, and that of the
    name on record.
    """
    lock_birth_date(birth_date=patron.birth_date)
    stored = Patron.objects.select_for_update().get(pk=patron.pk)
    if not is_kana_as_before(stored, before):
        raise KanaOvertaken
    confirm_outdated(patron=stored, kana=kana)


def is_kana_as_before(patron: Patron, before: tuple[str, str]) -> bool:
    """Return whether an active patron has the kana of `before`, and it is that of the name."""
    kana = (patron.last_name_kana, patron.first_name_kana)
    return kana == before and not patron.kana_outdated and patron.withdrawn_at is None


def _check_link(patron: Patron, card: CardIdentity) -> None:
    links = patron.identity_links.opening()
    if links.filter(issuer=card.issuer, subject=card.subject).exists():
        return
    raise CardDataRefused(
        CardDataRefusal.OTHER_PERSON if links.exists() else CardDataRefusal.NOT_LINKED
    )


def _store(patron: Patron, card: CardIdentity, changes: CardDataChanges, now: datetime) -> None:
    patron.verified_at = patron.card_data_at = now
    if changes.any:
        patron.name = card.name
        patron.name_key = name_key(card.name)
        patron.address = card.address
        patron.address_key = address_key(card.address)
        patron.kana_outdated |= changes.kana_outdated
        patron.postal_code_outdated |= changes.postal_code_outdated
        patron.municipality_code = changes.residency.municipality_code or ""
        patron.residency_reason = changes.residency.reason
        patron.residency_rule_version = changes.residency.rule_version
        patron.moved_out_at = (patron.moved_out_at or now) if changes.moved_out else None
        patron.updated_at = now
    patron.save()
