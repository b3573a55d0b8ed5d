"""Links between a card and a patron: found without a lock, made under the birth date's lock."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons import identity_linking as linking
from patrons.enums import LinkedBy, LinkRefusal
from patrons.errors import LinkRefused
from patrons.identity_linking import CardIdentity, LinkCandidate, LinkDecision
from patrons.models import IdentityLink, Patron
from patrons.normalize import name_key
from patrons.services import attach_identity, lock_birth_date


def find_patron(*, card: CardIdentity, phone: str = "") -> LinkDecision:
    """Say whose card was read, in at most two queries; `phone` was typed by the same person."""
    linked = _linked_patron_id(card.issuer, card.subject)
    return linking.decide(
        card,
        linked_patron_id=linked,
        candidates=_candidates(name_key(card.name), card.birth_date) if linked is None else (),
        phone=phone,
    )


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
    linked = _linked_patron_id(issuer, subject)
    if linked == patron.pk:
        return patron
    if linked is not None:
        raise LinkRefused(LinkRefusal.TAKEN)
    candidates = _candidates(patron.name_key, patron.birth_date)
    is_closed = any(one.closed for one in candidates if one.patron_id == patron.pk)
    namesakes = Patron.objects.named(patron.name_key, patron.birth_date)
    if is_closed or namesakes.filter(updated_at__gt=unchanged_since).exists():
        raise LinkRefused(LinkRefusal.CHANGED)
    _attach(patron, issuer, subject, LinkedBy.FOUND)
    return patron


@transaction.atomic
def link_own_card(*, patron: Patron, card: CardIdentity) -> bool:
    """Link a card to the patron who is logged in; return False where it was linked already.

    The subject may change after a certificate lapsed: an older link of the patron is revoked.
    Raises LinkRefused where the card is another person's or linked to another patron.
    """
    stored = _locked(patron.pk)
    if not linking.is_named(card, stored.name_key, stored.birth_date):
        raise LinkRefused(LinkRefusal.OTHER_PERSON)
    linked = _linked_patron_id(card.issuer, card.subject)
    if linked == stored.pk:
        return False
    if linked is not None:
        raise LinkRefused(LinkRefusal.TAKEN)
    _revoke(stored.pk, stored.identity_links.active())
    _attach(stored, card.issuer, card.subject, LinkedBy.OWNER)
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
    linked = _linked_patron_id(issuer, subject)
    if linked == patron.pk:
        return patron
    if linked is not None:
        raise LinkRefused(LinkRefusal.TAKEN)
    others = patron.identity_links.active()
    if others.exists() and not replace_card:
        raise LinkRefused(LinkRefusal.OTHER_CARD)
    _revoke(patron.pk, others)
    _attach(patron, issuer, subject, LinkedBy.STAFF)
    return patron


def _linked_patron_id(issuer: str, subject: str) -> int | None:
    links = IdentityLink.objects.active().filter(issuer=issuer, subject=subject)
    return links.values_list("patron_id", flat=True).first()


def _candidates(key: str, birth_date: str) -> list[LinkCandidate]:
    rows = (
        Patron.objects.named(key, birth_date)
        .annotate(links=Count("identity_links", filter=Q(identity_links__revoked_at=None)))
        .values_list("pk", "address_key", "phone", "user__is_active", "links")
    )
    return [
        LinkCandidate(
            patron_id=pk,
            address_key=address_key,
            phone=phone,
            closed=is_active is False or links > 0,
        )
        for pk, address_key, phone, is_active, links in rows
    ]


def _locked(patron_id: int) -> Patron:
    """Lock an active patron: first the birth date, as every writer does, then the row."""
    birth_date = Patron.objects.values_list("birth_date", flat=True).get(pk=patron_id)
    lock_birth_date(birth_date=birth_date)
    patron = Patron.objects.active().select_for_update().filter(pk=patron_id).first()
    if patron is None or patron.birth_date != birth_date:
        raise LinkRefused(LinkRefusal.CHANGED)
    return patron


def _revoke(patron_id: int, links: QuerySet) -> None:
    if count := links.update(revoked_at=timezone.now()):
        record(Event.MYNUMBER_UNLINKED, patron_id=patron_id, reason="other_card", count=count)


def _attach(patron: Patron, issuer: str, subject: str, by: LinkedBy) -> None:
    patron.verified_at = timezone.now()
    try:
        with transaction.atomic():
            attach_identity(patron=patron, issuer=issuer, subject=subject, now=patron.verified_at)
            patron.save(update_fields=["verified_at"])
            record(Event.MYNUMBER_LINKED, patron_id=patron.pk, reason=by)
    except IntegrityError:
        raise LinkRefused(LinkRefusal.TAKEN) from None
