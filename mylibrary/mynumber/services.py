"""Offers to link a card: made after the callback, taken at the person's word."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from mylibrary.mynumber.models import LinkOffer, OfferPurpose
from mylibrary.own_data.services import record_notice_shown
from mylibrary.security_notices import SecurityChange, tell_of_change
from myna_auth.claims import VerifiedIdentity
from patrons import privacy_notice
from patrons.identity_link_services import (
    LinkDecision,
    LinkRefused,
    LinkVerdict,
    link_found_patron,
    same_phone,
)
from patrons.models import Patron
from patrons.services import lock_birth_date


class OfferGone(Exception):
    """There is no such offer to link a card: taken, expired, used up or made for something else."""


class WrongPhone(Exception):
    """The phone number is not the one the library has; `tries_left` more may be tried."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


@transaction.atomic
def make_offer(
    *,
    purpose: OfferPurpose,
    identity: VerifiedIdentity,
    found: LinkDecision,
    privacy_version: str = privacy_notice.CURRENT.version,
) -> LinkOffer:
    """Store an offer for a patron that was found, in place of an earlier one to the same card.

    Reading the card again gives no new tries at the phone number.
    """
    assert found.patron_id is not None
    lock_birth_date(birth_date=identity.birth_date)
    offer = LinkOffer(
        purpose=purpose,
        issuer=identity.issuer,
        subject=identity.subject,
        patron_id=found.patron_id,
        phone_needed=found.verdict == LinkVerdict.PHONE_NEEDED,
        privacy_version=privacy_version,
    )
    earlier = LinkOffer.objects.filter(issuer=identity.issuer, subject=identity.subject)
    for former in earlier.select_for_update():
        if former.expires_at > timezone.now():
            offer.tries_left = min(offer.tries_left, former.tries_left)
            if not offer.tries_left:
                offer.expires_at = min(offer.expires_at, former.expires_at)
        former.delete()
    offer.save()
    return offer


def accept_offer(*, offer_id: UUID | str | None, purpose: OfferPurpose, phone: str = "") -> Patron:
    """Link the card of an open offer and return the patron; the offer is gone afterwards.

    Raises OfferGone where there is none (for this purpose, any more), WrongPhone after counting the
    try, and LinkRefused where something has changed since; then the offer is gone, too.
    """
    with transaction.atomic():
        offers = LinkOffer.objects.open(offer_id, purpose)
        birth_date = offers.values_list("patron__birth_date", flat=True).first()
        if birth_date is None:
            raise OfferGone
        # Before the row, as `make_offer` does: the card may be read again at this moment.
        lock_birth_date(birth_date=birth_date)
        offer = offers.select_for_update(of=("self",)).first()
        if offer is None:
            raise OfferGone
        if offer.phone_needed and not same_phone(phone, offer.patron.phone):
            offer.tries_left -= 1
            offer.save(update_fields=["tries_left"])
            reason = "wrong_phone"
            refused: WrongPhone | LinkRefused = WrongPhone(offer.tries_left)
        else:
            offer.delete()
            try:
                patron = link_found_patron(
                    patron_id=offer.patron_id,
                    issuer=offer.issuer,
                    subject=offer.subject,
                    unchanged_since=offer.created_at,
                )
                record_notice_shown(patron=patron, version=offer.privacy_version)
                tell_of_change(patron=patron, what=SecurityChange.CARD)
                return patron
            except LinkRefused as refusal:
                reason, refused = refusal.refusal, refusal
        record(Event.MYNUMBER_REFUSED, patron_id=offer.patron_id, reason=reason)
    # Out here the try stays counted, or the offer gone.
    raise refused
