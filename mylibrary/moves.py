"""The purpose "refresh" of an identification: the patron's name and address after a move."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from mylibrary.access import turned_away
from myna_auth.claims import VerifiedIdentity
from myna_auth.pages import with_interruption
from myna_auth.purposes import Purpose
from patrons.enums import ReadingRefusal, ResidencyReason
from patrons.errors import ReadingRefused
from patrons.move_services import take_reading
from patrons.moves import Changes

REFUSED = "refused"
UNCHANGED = "変更はありませんでした。"
OUTSIDE = (
    "新しい住所は、登録の対象地域の外です。貸出券は、今までどおりお使いいただけます。"
    "図書館から、ご案内することがあります。"
)


class RefreshPurpose(Purpose):
    """Identification of a patron who is logged in and whose card is linked."""

    def begin(self, request: HttpRequest) -> str | None:
        """Send whoever is not logged in to the profile, and a first login to its password."""
        return turned_away(request, reverse("mylibrary:profile"))

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Update name and address, and go on with what has to be confirmed because of it."""
        profile = reverse("mylibrary:profile")
        if elsewhere := turned_away(request, profile):
            return elsewhere
        try:
            changes = take_reading(patron=request.user.patron, card=identity)
        except ReadingRefused as refusal:
            return f"{profile}?{urlencode({REFUSED: refusal.reason.value})}"
        tell = messages.success if changes.any and not changes.moved_out else messages.info
        tell(request, sentence(changes))
        return reverse("mylibrary:moved")

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        """Go back to the profile, which says calmly what happened."""
        return with_interruption(reverse("mylibrary:profile"), reason)

    def repeated(self, request: HttpRequest) -> str:
        """Go to the profile: the first arrival of the same answer has been taken."""
        return reverse("mylibrary:profile")


def refusal_of(request: HttpRequest) -> str:
    """Return why the reading before this page changed nothing; "" where there was none."""
    reason = request.GET.get(REFUSED, "")
    return reason if reason in set(ReadingRefusal) else ""


def sentence(changes: Changes) -> str:
    """Tell a patron what a reading changed."""
    if not changes.any:
        return UNCHANGED
    changed = "と".join(["名前"] * changes.name + ["住所"] * changes.address)
    done = f"{changed}を更新しました。"
    # Of an address that cannot be read, staff decide where it is.
    is_outside = changes.moved_out and changes.residency.reason != ResidencyReason.UNREADABLE
    return done + OUTSIDE if changes.address and is_outside else done
