"""How often staff opened a patron's record, by month and kind: neither who nor when.

What one member of staff did on one day counts once for each kind. A card that was scanned is told
of by nothing, nor is a case of somebody else in which the patron stood beside. A list, or a file
of one (`staff.exporting`), opens nobody: it is of many at once, and no record is looked into.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import TextChoices
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.enums import ActorKind, Event
from audit.models import Record
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest
from notices.models import Notice
from patrons.models import Patron
from patrons.revealing.reasons import BY_NUMBER, RevealReason
from patrons.withholding.models import OpeningReason
from registration.application.models import Application
from registration.review.models import ReviewCase


class OpeningKind(TextChoices):
    COUNTER = "counter", _("窓口の手続き")
    REVIEW = "review", pgettext_lazy("opening", "登録の確認")
    INSPECTION = "inspection", _("点検")


OPENED = (
    *(Event.STAFF_OPENED, Event.STAFF_CHANGED, Event.REVEALED, Event.WITHHELD_OPENED),
    Event.FIRST_LOGIN_SLIP_ISSUED,
)
KIND_OF_REASON: dict[str, OpeningKind] = {
    RevealReason.VISIT: OpeningKind.COUNTER,
    RevealReason.CALL: OpeningKind.COUNTER,
    RevealReason.CONTACT: OpeningKind.COUNTER,
    RevealReason.CORRECTION: OpeningKind.COUNTER,
    OpeningReason.ASKED: OpeningKind.COUNTER,
    OpeningReason.SAME_PERSON: OpeningKind.REVIEW,
}
# Pages of a patron that are opened to do something for one who is there or calls.
COUNTER_PAGES = {"barcode", "barcode_picture", "issue_slip", "resets", "slip"}
OWN_REQUESTS = {KanaRequest._meta.label_lower, ErasureRequest._meta.label_lower}
OWN_CASES = {Application._meta.label_lower, ReviewCase._meta.label_lower}
SHOWN_ANYWAY = {Patron._meta.label_lower, Notice._meta.label_lower}


def by_month(patron: Patron) -> list[tuple[date, Counter[OpeningKind]]]:
    """Return the months (their first day) of openings, the latest first; two queries."""
    own = {
        str(key) for key in Application.objects.filter(patron=patron).values_list("pk", flat=True)
    }
    rows = (
        Record.objects.filter(patron_id=patron.pk, actor_kind=ActorKind.STAFF, event__in=OPENED)
        .annotate(day=TruncDate("at"))
        .values_list("day", "actor_id", "event", "reason", "object_type", "object_id")
        .distinct()
    )
    visits: dict[tuple[date, int | None], list[tuple[str, str, str]]] = {}
    for day, actor, event, reason, kind, key in rows:
        if kind not in OWN_CASES or key in own:
            visits.setdefault((day, actor), []).append((event, reason, kind))
    months: dict[date, Counter[OpeningKind]] = {}
    for (day, _actor), done in sorted(visits.items(), key=lambda visit: visit[0][0], reverse=True):
        if kinds := _kinds(done):
            months.setdefault(day.replace(day=1), Counter()).update(kinds)
    return list(months.items())


def _kinds(done: Iterable[tuple[str, str, str]]) -> set[OpeningKind]:
    """Return what one member of staff did on one day: looking alone is an inspection."""
    kinds, looked, scanned = set(), False, False
    for event, reason, kind in done:
        if event in (Event.REVEALED, Event.WITHHELD_OPENED):
            scanned |= reason == BY_NUMBER
            if reason != BY_NUMBER:
                kinds.add(KIND_OF_REASON.get(reason, OpeningKind.INSPECTION))
        elif event != Event.STAFF_OPENED or reason in COUNTER_PAGES:
            kinds.add(OpeningKind.COUNTER)
        elif kind in OWN_REQUESTS | OWN_CASES:
            kinds.add(OpeningKind.REVIEW)
        else:
            looked |= kind in SHOWN_ANYWAY
    return kinds or ({OpeningKind.INSPECTION} if looked and not scanned else set())
