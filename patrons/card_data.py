"""What a new reading of the card means for a patron: a move, another name, or nothing new."""

from dataclasses import dataclass

from patrons import birth_date, residency
from patrons.enums import CardDataRefusal, ResidencyReason
from patrons.identity_linking import CardIdentity
from patrons.models import Patron
from patrons.normalize import address_key, has_forbidden_characters, name_key
from patrons.residency import ResidencyDecision


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
    if has_forbidden_characters(f"{card.name}{card.address}"):
        return CardDataRefusal.CHARACTERS
    return None


def changes(patron: Patron, card: CardIdentity) -> CardDataChanges:
    """Compare a reading of the patron's own card with what is stored."""
    decision = residency.decide(card.address)
    return CardDataChanges(
        name=card.name != patron.name,
        address=card.address != patron.address,
        kana_outdated=name_key(card.name) != name_key(patron.name),
        postal_code_outdated=address_key(card.address) != address_key(patron.address),
        residency=decision,
        moved_out=not decision.eligible
        and (patron.moved_out_at is not None or not _lived_elsewhere(patron)),
    )


def _lived_elsewhere(patron: Patron) -> bool:
    """Return whether somebody registered from outside the area, as commuters do at the counter."""
    before = residency.decide(patron.address)
    return before.reason in (ResidencyReason.NOT_ELIGIBLE, ResidencyReason.ABROAD)
