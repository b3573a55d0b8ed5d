"""Admin pages on which staff decide: the list with what waits first, and each row's own page."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from characters.text import StrOrPromise
from staff.base import InTheClear, ReadOnly, StaffModelAdmin, member_of_staff, remember_row
from staff.decision_forms import Choice, DecisionForm
from staff.large_list import MOST_LISTED

CHANGED = "決定は記録されていません。表示したあとで内容が変わりました。もう一度確かめてください。"
CAME_FROM = "_changelist_filters"
LONGEST_KEPT = 4000


def days_waiting(since: datetime | None) -> int:
    """Return for how many whole days something has waited; 0 where it does not."""
    return max((timezone.now() - since).days, 0) if since else 0


def next_of(before: Sequence[Any], current: Any, now: Sequence[Any]) -> Any:
    """Return the key that comes next once the current one is decided on, None where none waits.

    `before` and `now` are what waited before and waits now, in the list's order: the first behind
    the current one that still does, and behind the last the first.
    """
    place = before.index(current) + 1 if current in before else 0
    still = {*now} - {current}
    in_turn = (*before[place:], *before[:place], *now)
    return next((key for key in in_turn if key in still), None)


class Decided(NamedTuple):
    """What was decided before, as the page shows it; `patron` is whom it names, if anybody."""

    at: datetime | None
    by: object
    what: str
    note: str = ""
    patron: Any = None


class WaitingFilter(admin.SimpleListFilter):
    """What waits, called `waiting`, unless others are asked for."""

    title = "状況"
    parameter_name = "situation"
    waiting: StrOrPromise

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = self.waiting
        return choices


class DecisionPages(ReadOnly, StaffModelAdmin):
    """Rows that are looked at by whoever may view them, and decided on with `decide_permission`.

    A decision is taken in two steps: chosen on the row's own page (`page.html`), then agreed to on
    one that says what it brings about (`confirm.html`); then the next that waits is opened. By
    keyboard: the heading or what is wrong, what is compared, the note, the choices, in this order.
    Enter in the note is a new line, and a choice alone decides nothing. What the page shows and
    sends is a *case*: the row, or what is made of it.

    `closed` is said where it does not wait any more, `changed` where the page showed something else
    than is stored, `gone` where there is no row any more, and `not_recorded` maps what `decide`
    raises to what is said.
    """

    decide_permission: str
    heading: str
    closed: str
    changed = CHANGED
    gone = ""
    not_recorded: Mapping[type[Exception], str]
    list_per_page = 50
    show_full_result_count = False

    form_class: type[DecisionForm] = DecisionForm

    def case(self, row: Any) -> Any:
        return row

    def about(self, case: Any) -> str:
        """Return which one of the rows it is, for the heading."""
        raise NotImplementedError

    def is_waiting(self, row: Any) -> bool:
        raise NotImplementedError

    def all_waiting(self, rows: Any) -> QuerySet:
        """Return those of the rows that wait for a decision."""
        raise NotImplementedError

    def choices(self, case: Any) -> list[Choice]:
        """Return what may be decided: what is granted first, then refused, then put off."""
        raise NotImplementedError

    def mark(self, case: Any) -> str:
        """Return a digest of what staff see, "" where `decide` finds out what has changed."""
        return ""

    def consequences(self, case: Any, choice: str) -> list[str]:
        """Return what a choice brings about: here, for whom, elsewhere, and whether for good."""
        raise NotImplementedError

    def decide(self, case: Any, choice: str, form: DecisionForm, staff: User) -> str:
        """Take the decision and return what is said about it."""
        raise NotImplementedError

    def decided(self, case: Any) -> list[Decided]:
        """Return what was decided or has ended so far, the oldest first."""
        raise NotImplementedError

    def context(self, case: Any, *, waiting: bool) -> dict[str, Any]:
        """Return what the row's own page shows of a case."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        is_sent = request.method == "POST"
        if not self.has_view_permission(request, row) or (is_sent and not self._may(request)):
            raise PermissionDenied
        if is_sent:
            return self._sent(request, row)
        case = self.case(row)
        return self._page(request, row, case, self._form(case))

    def _may(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.decide_permission)

    def _form(self, case: Any, data: Any = None, **more: Any) -> DecisionForm:
        return self.form_class(data, choices=self.choices(case), mark=self.mark(case), **more)

    def _sent(self, request: HttpRequest, row: Any) -> HttpResponse:
        if not self.is_waiting(row):
            return self._not_recorded(request, row, self.closed)
        case = self.case(row)
        if not constant_time_compare(request.POST.get("mark", ""), self.mark(case)):
            return self._not_recorded(request, row, self.changed)
        back = "back" in request.POST
        final = "final" in request.POST and not back
        form = self._form(case, request.POST, final=final)
        if not form.is_valid():
            again = final and form.errors.keys() == {"agreed"}
            return self._page(request, row, case, form, confirming=again, status=422)
        if not final:
            return self._page(request, row, case, form, confirming=not back)
        before = self._waiting_keys(request)
        try:
            done = self.decide(case, form.cleaned_data["choice"], form, member_of_staff(request))
        except tuple(self.not_recorded) as refusal:
            return self._not_recorded(request, row, self.not_recorded[type(refusal)])
        return self._next(request, row, done, before)

    def get_preserved_filters(self, request: HttpRequest) -> str:
        """Return what the list was asked for, but for the page: there may be fewer by now."""
        preserved = QueryDict(super().get_preserved_filters(request))
        asked = QueryDict(preserved.get(CAME_FROM, ""), mutable=True)
        asked.pop(PAGE_VAR, None)
        kept = urlencode({CAME_FROM: asked.urlencode()}) if asked else ""
        # What no redirect can hold would fail once the decision is taken.
        return kept if len(kept) <= LONGEST_KEPT else ""

    def _waiting_keys(self, request: HttpRequest) -> list[Any]:
        """Return what waits in the list that staff came from, as far as it goes, in its order."""
        listed = copy(request)
        listed.GET = QueryDict(QueryDict(self.get_preserved_filters(request)).get(CAME_FROM, ""))
        try:
            rows = self.get_changelist_instance(listed).queryset
        except (IncorrectLookupParameters, SuspiciousOperation):
            listed.GET = QueryDict("")
            rows = self.get_changelist_instance(listed).queryset
        return list(self.all_waiting(rows).values_list("pk", flat=True)[:MOST_LISTED])

    def _address(self, request: HttpRequest, key: Any = None) -> str:
        """Return the address of a row's page or of the list, with what the list was asked for."""
        page, args = ("changelist", []) if key is None else ("change", [key])
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)
        preserved = self.get_preserved_filters(request)
        return add_preserved_filters({"preserved_filters": preserved, "opts": self.opts}, address)

    def _next(self, request: HttpRequest, row: Any, done: str, before: list[Any]) -> HttpResponse:
        """Say what was done and how many wait, and go on to the next of them, or to the list."""
        now = self._waiting_keys(request)
        if len(now) == MOST_LISTED:
            left = f"待っているものは、{MOST_LISTED:,}件以上あります。"
        elif now:
            left = f"待っているものは、あと{len(now)}件です。"
        else:
            left = "待っているものは、もうありません。"
        messages.success(request, f"{done}{left}")
        return redirect(self._address(request, next_of(before, row.pk, now)))

    def _not_recorded(self, request: HttpRequest, row: Any, why: str) -> HttpResponse:
        """Show the row as it is now, why nothing was recorded, and the note that was typed."""
        now = self.get_queryset(request).filter(pk=row.pk).first()
        messages.error(request, why if now else self.gone or why)
        if now is None:
            return redirect(self._address(request))
        case = self.case(now)
        typed = {name: request.POST.get(name, "") for name in ("note", *self.form_class.further)}
        form = self._form(case, typed=typed)
        return self._page(request, now, case, form, status=409)

    def _page(
        self,
        request: HttpRequest,
        row: Any,
        case: Any,
        form: DecisionForm,
        *,
        confirming: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        remember_row(request, row)
        waiting = self.is_waiting(row)
        about = self.about(case)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "heading": self.heading,
            "about": about,
            "form": form,
            "confirming": confirming,
            "list_address": self._address(request),
        }
        if confirming:
            assert form.chosen is not None
            context["title"] = f"決定の確認：{form.chosen.label}"
            context["consequences"] = self.consequences(case, form.chosen.value)
            return TemplateResponse(request, "admin/decision/confirm.html", context, status=status)
        context |= {
            "title": f"{self.heading}（{about}）",
            "waiting": waiting,
            "may_decide": waiting and self._may(request),
            "decisions": self.decided(case),
            **self._beside(request, row),
            **self.context(case, waiting=waiting),
        }
        name = f"admin/{self.opts.app_label}/{self.opts.model_name}/page.html"
        return TemplateResponse(request, name, context, status=status)

    def _beside(self, request: HttpRequest, row: Any) -> dict[str, str]:
        """Return the addresses of what waits before and after a row in the list."""
        keys = self._waiting_keys(request)
        place = keys.index(row.pk) if row.pk in keys else -1
        found = {"earlier": keys[max(place, 0) - 1 : place], "later": keys[place + 1 : place + 2]}
        return {name: self._address(request, key) for name, keys in found.items() for key in keys}


class DecisionAdmin(InTheClear, DecisionPages):
    """What staff decide on about people, whom these pages show in the clear."""
