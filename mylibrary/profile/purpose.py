"""The purpose "refresh" of an identification: the patron's name and address after a move."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.enums import Event
from audit.services import record
from characters.text import StrOrPromise
from mylibrary import session
from mylibrary.mynumber.purposes import OwnCardPurpose
from mylibrary.own_data.services import record_notice_shown
from myna_auth.claims import VerifiedIdentity
from patrons.card_data_services import CardDataRefusal, CardDataRefused, take_card_data
from patrons.models import Patron
from patrons.residency import ResidencyReason
from ui.pages import sentences

REFUSED = "refused"
# By whether the name and the address have changed.
DONE = {
    (True, True): _("名前と住所を更新しました。"),
    (True, False): _("名前を更新しました。"),
    (False, True): _("住所を更新しました。"),
    (False, False): _("変更はありませんでした。"),
}
OUTSIDE = _(
    "新しい住所は、登録の対象地域の外です。貸出券は、今までどおりお使いいただけます。"
    "図書館から、ご案内することがあります。"
)


class RefreshPurpose(OwnCardPurpose):
    """Identification of a patron who is logged in and whose card is linked."""

    def take(self, request: HttpRequest, patron: Patron, identity: VerifiedIdentity) -> str:
        """Update name and address, and go on with what has to be confirmed because of it."""
        try:
            with transaction.atomic():
                changes = take_card_data(patron=patron, card=identity)
                record_notice_shown(patron=patron, version=session.shown_privacy_notice(request))
        except CardDataRefused as refusal:
            record(Event.CARD_DATA_REFUSED, patron_id=patron.pk, reason=refusal.reason)
            return reverse("mylibrary:profile", query={REFUSED: refusal.reason.value})
        changed = changes.name or changes.address
        done: StrOrPromise = DONE[changes.name, changes.address]
        # Of an address that cannot be read, staff decide where it is.
        is_outside = changes.moved_out and changes.residency.reason != ResidencyReason.UNREADABLE
        if changes.address and is_outside:
            done = sentences(done, OUTSIDE)
        tell = messages.success if changed and not changes.moved_out else messages.info
        tell(request, done)
        return reverse("mylibrary:moved")


def refusal_of(request: HttpRequest) -> str:
    """Return why the reading before this page changed nothing; "" where there was none."""
    reason = request.GET.get(REFUSED, "")
    return reason if reason in set(CardDataRefusal) else ""
