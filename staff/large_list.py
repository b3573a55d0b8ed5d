"""The admin's list over a million rows: nothing in it reads them all.

Django's own counts every match and looks for every year, month or day that has one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staff.base import StaffChangeList, StaffModelAdmin
from staff.exporting import MOST_ROWS
from staff.saved_filters import PERIODS

MOST_LISTED = MOST_ROWS


class CappedPaginator(Paginator):
    """Pages of the first MOST_LISTED matches; more are neither counted nor reachable."""

    @cached_property
    def _matches(self) -> int:
        assert isinstance(self.object_list, QuerySet)
        return self.object_list.order_by()[: MOST_LISTED + 1].count()

    @property
    def capped(self) -> bool:
        return self._matches > MOST_LISTED

    @cached_property
    def count(self) -> int:
        return min(self._matches, MOST_LISTED)


class LargeChangeList(StaffChangeList):
    """A list whose date links are the periods between its first and last row, filters apart."""

    def date_links(self) -> dict[str, Any]:
        """Return what `admin/date_hierarchy.html` shows: years, a year's months, a month's days."""
        field = self.date_hierarchy
        if field is None:
            return {"show": False, "choices": [], "back": None}
        ends = self.root_queryset.aggregate(first=Min(field), last=Max(field))
        if ends["first"] is None:
            return {"show": False, "choices": [], "back": None}
        first, last = (timezone.localtime(ends[end]).date() for end in ("first", "last"))
        texts = (self.params.get(f"{field}__{period}") for period in PERIODS)
        year, month, day = (None if text is None else int(text) for text in texts)
        back = None
        if year is None:
            years = range(first.year, last.year + 1)
            choices = [self._link(str(each), each) for each in years]
        elif month is None:
            back = self._link(_("All dates"))
            months = [date(year, number, 1) for number in range(1, 13)]
            choices = [
                self._link(date_format(each, "YEAR_MONTH_FORMAT"), year, each.month)
                for each in months
                if first.replace(day=1) <= each <= last
            ]
        elif day is None:
            back = self._link(str(year), year)
            beginning = date(year, month, 1).toordinal()
            days = [date.fromordinal(beginning + offset) for offset in range(31)]
            choices = [
                self._link(date_format(each, "MONTH_DAY_FORMAT"), year, month, each.day)
                for each in days
                if each.month == month and first <= each <= last
            ]
        else:
            chosen = date(year, month, day)
            back = self._link(date_format(chosen, "YEAR_MONTH_FORMAT"), year, month)
            choices = [{"title": date_format(chosen, "MONTH_DAY_FORMAT")}]
        return {"show": True, "choices": choices, "back": back}

    def _link(self, title: str, *chosen: int) -> dict[str, str]:
        field = self.date_hierarchy
        parts = {f"{field}__{period}": n for period, n in zip(PERIODS, chosen, strict=False)}
        return {"link": self.get_query_string(parts, [f"{field}__"]), "title": title}


@contextmanager
def _planned_anew() -> Iterator[None]:
    """Have each statement planned for its own values.

    A prepared statement is soon planned for any (`prepare_threshold`), but a rare name and a
    common one need different indexes.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield


class LargeListAdmin(StaffModelAdmin):
    """An admin whose list may hold a million rows; `sortable_by` has to name what an index orders.

    Counts beside every filter would read all of them, too.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/large_change_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, planned for what it is asked for."""
        with _planned_anew():
            response = super().changelist_view(request, extra_context)
            # The list is read while it is rendered.
            return response.render() if isinstance(response, TemplateResponse) else response

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Send the list as a file, planned in the same way."""
        with _planned_anew():
            return super().export_view(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LargeChangeList]:
        return LargeChangeList
