"""The page at the counter that is scanned into: lending, taking back, and the hold shelf.

Every answer to a scan is a redirect to the page, which shows what the last scan came to: a reload
and the way back repeat nothing.
"""

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from branches.models import Branch
from catalog.models import Item
from circulation.desk.barcode import svg
from circulation.desk.gate import LEND, OnlyWhereWeLend, lends_here
from circulation.desk.numbers import Meant, meaning, read
from circulation.desk.scanning import RETURNS, What, lend_to, take_in, unclear
from circulation.desk.session import Desk, Said
from circulation.enums import HoldState, Refusal
from circulation.models import Hold, LendingPolicy, Loan
from patrons.models import Patron
from patrons.revealing.reasons import BY_NUMBER
from patrons.revealing.session import as_seen, may_reveal, may_see, reveal
from staff.base import ReadOnly, member_of_staff
from staff.watch import watch

# What is shown before a word, so that no colour has to say it.
SIGNS = {
    What.PATRON: "◎",
    What.LENT: "✓",
    What.SHELF: "▤",
    What.HOLD_SHELF: "★",
    What.TRANSIT: "➡",
    What.NO_ITEM: "▤",
    What.REFUSED: "✕",
    What.NEITHER: "✕",
    What.JUST_LENT: "？",
    What.EITHER: "？",
    What.NOT_DONE: "！",
}
# Anything else a form may say a number is, is nothing.
CARD, ITEM = "card", "item"


class ScanPage(ReadOnly, OnlyWhereWeLend):
    """Loans in the admin: their list is the page that is scanned into."""

    def get_urls(self) -> list[URLPattern]:
        """Add the slip for the hold shelf."""
        view = self.admin_site.admin_view(self.slip_view)
        return [
            path("slip/<int:hold_id>/", view, name="circulation_loan_slip"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return lends_here() and request.user.has_perm(LEND)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page, or do what was scanned and lead to it."""
        if not self.has_view_permission(request):
            return self.refused(request, "貸出と返却の手続きをする権限がありません。")
        desk = Desk(request)
        branches = list(Branch.objects.all())
        here = next((each for each in branches if each.pk == desk.branch), None)
        if request.method == "POST":
            _answer(request, desk, branches, here)
            return redirect("admin:circulation_loan_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.opts.verbose_name_plural,
            "branches": branches,
            "here": here,
            **(_shown(request, desk) if here else {}),
        }
        return TemplateResponse(request, "admin/circulation/loan/scan.html", context)

    def slip_view(self, request: HttpRequest, hold_id: int) -> HttpResponse:
        """Show the slip that is put into an item on the hold shelf: no name and no title."""
        if not self.has_view_permission(request):
            return self.refused(request, "用紙を印刷する権限がありません。")
        ready = Hold.objects.filter(state=HoldState.READY, number="").select_related("pickup")
        hold = ready.filter(pk=hold_id).first()
        if hold is None:
            raise Http404
        context = {"hold": hold, "barcode": svg(hold.item_number)}
        return TemplateResponse(request, "admin/circulation/loan/slip.html", context)


def _answer(request: HttpRequest, desk: Desk, branches: list[Branch], here: Branch | None) -> None:
    """Do what was sent: choose the branch, end a turn, or a scan."""
    sent = request.POST
    if "branch" in sent:
        if any(str(each.pk) == sent["branch"] for each in branches):
            desk.choose_branch(int(sent["branch"]))
    elif "end" in sent:
        desk.end()
    elif here and sent.get("number", "").strip():
        _scan(request, desk, here)


def _scan(request: HttpRequest, desk: Desk, here: Branch) -> None:
    typed, sent = request.POST["number"], request.POST
    number = read(typed)
    meant = meaning(number)
    if sent.get("as") == CARD:
        meant = Meant(meant.patron)
    elif sent.get("as") == ITEM:
        meant = Meant(None, meant.item)
    now = timezone.now()
    if said := unclear(meant, number):
        desk.say(said)
    elif meant.patron:
        _open(request, meant.patron)
        desk.begin(meant.patron.pk, Said(what=What.PATRON))
    elif sent.get("turn", "") != str(desk.patron or ""):
        # The page shows another's turn than it is, or one that is over: who would have it?
        desk.say(Said(what=What.NOT_DONE, number=meant.item))
    elif patron := _of(desk):
        desk.say(lend_to(patron, meant.item, here, desk.began, now))
    else:
        said = take_in(meant.item, here, now, is_sure="sure" in sent)
        desk.say(said, is_return=said.what in RETURNS)


def _of(desk: Desk) -> Patron | None:
    """Return whose turn it is."""
    return Patron.objects.filter(pk=desk.patron or 0, erased_at=None).first()


def _open(request: HttpRequest, patron: Patron) -> None:
    """Open a patron whose card was scanned, which is reason enough, and record that."""
    kind = Patron._meta.label_lower
    if may_reveal(request):
        reveal(request, patron, BY_NUMBER)
    else:
        record(
            Event.STAFF_OPENED,
            patron_id=patron.pk,
            object_type=kind,
            object_id=patron.pk,
            reason="scan",
        )
    each = [(patron.pk, patron.pk)]
    watch().opened(staff=member_of_staff(request), each=each, kind=kind)


def _shown(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """Return what the page shows besides the branch."""
    patron = _of(desk)
    is_over = desk.is_over
    if is_over:
        desk.end()
    said = desk.said
    if said and said.what in (What.PATRON, What.LENT) and patron is None:
        said = None
    return {
        "is_over": is_over and said is None,
        "seconds_left": int(desk.seconds_left) + 1 if patron else 0,
        "said": _in_words(said) if said else None,
        "turn": _turn(request, patron, desk) if patron else None,
        "whose": patron.pk if patron else "",
        "returned": [_in_words(each) for each in desk.returned],
    }


def _turn(request: HttpRequest, patron: Patron, desk: Desk) -> dict[str, Any]:
    today = timezone.localdate()
    loans = list(Loan.objects.of(patron).with_record())
    holds = Hold.objects.of(patron).filter(state=HoldState.READY).select_related("pickup")
    return {
        "patron": as_seen(request, patron),
        "is_open": may_see(request, patron.pk),
        "most": LendingPolicy.objects.current().most_loans,
        "lent": [each for each in reversed(loans) if each.lent_at >= desk.began],
        "earlier": [each for each in loans if each.lent_at < desk.began],
        "count": len(loans),
        "overdue": sum(each.due < today for each in loans),
        "today": today,
        "ready": holds,
    }


def _in_words(said: Said) -> dict[str, Any]:
    """Return what the last scan came to, as the page says it; rows that are gone say nothing."""
    what = What(said.what)
    loan = Loan.objects.with_record().filter(pk=said.loan or 0).first()
    number = loan.item_number if loan else said.number
    item = Item.objects.select_related("record", "branch").filter(number=number).first()
    hold = Hold.objects.select_related("pickup").filter(pk=said.hold or 0).first()
    return {
        "what": what,
        "sign": SIGNS[what],
        "headline": what.label,
        "number": number,
        "loan": loan,
        "item": item,
        "hold": hold if hold and hold.item_number == number else None,
        "to": Branch.objects.filter(pk=said.branch or 0).first(),
        "why": Refusal(said.why).label if said.why in Refusal else "",
        "was_cleared": said.was_cleared,
        "was_overdue": said.was_overdue,
        "at": timezone.localtime(datetime.fromtimestamp(said.at, UTC)),
    }
