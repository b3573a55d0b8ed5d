"""The purpose "registration", begun by a patron: the number, without a second trip.

It stands here, named by `MYNA_PURPOSES`, because `registration` lies a floor lower.
"""

from django.http import HttpRequest
from django.urls import reverse

from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.mynumber.models import OfferPurpose
from mylibrary.mynumber.services import make_offer
from myna_auth.claims import VerifiedIdentity
from patrons.identity_link_services import LinkVerdict, find_patron
from patrons.models import Patron
from registration import session as registration
from registration.application.lifecycle import FORM
from registration.application.purpose import RegistrationPurpose


class RegisteringPurpose(RegistrationPurpose):
    """利用者情報登録, begun with a card that may be a patron's.

    The draft is begun all the same. What a card opens here lasts no longer than in the other
    purposes, and only while this browser goes on with that draft: not with another person's.
    """

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Show the number of whose card is linked, offer the link to whom it proves, else go on.

        A patron whom only the phone number on record could prove is offered nothing before 登録
        has found the same.
        """
        address = super().complete(request, identity)
        session.put_card_away(request)
        if address != reverse(FORM):
            # Staff have let the person go on, who had typed everything.
            return address
        if patron := Patron.objects.login_of_card(identity.issuer, identity.subject):
            session.keep_registering(request)
            session.allow_recovery(request, patron)
            record(Event.RECOVERED, patron_id=patron.pk)
            return reverse("mylibrary:recover")
        found = find_patron(card=identity)
        if found.verdict not in (LinkVerdict.PROVED, LinkVerdict.PHONE_NEEDED):
            return address
        draft = registration.draft(request)
        if draft is None:
            # Ended by another browser's reading of the same card, a moment ago.
            return address
        offer = make_offer(
            purpose=OfferPurpose.RECOVER,
            identity=identity,
            found=found,
            privacy_version=draft.privacy_version,
        )
        if not offer.tries_left:
            return address
        session.keep_registering(request)
        session.keep_offer(request, offer)
        if offer.phone_needed:
            return address
        record(Event.RECOVERED, patron_id=found.patron_id)
        return reverse("mylibrary:recover_offer")
