"""The admin's list over a million rows: nothing in it reads them all.

Django's own counts every match and looks for every year, month or day that has one.
"""

from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from staff.base import StaffChangeList, StaffModelAdmin

MOST_LISTED = 1000


def plan_for_these_values() -> None:
    """Let PostgreSQL plan the transaction's statements anew for their values.

    A prepared statement is soon planned for any values (`prepare_threshold`), but a rare name and
    a common one need different indexes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")


class CappedPaginator(Paginator):
    """Pages of the first MOST_LISTED matches; more are neither counted nor reachable."""

    @cached_property
    def _matches(self) -> int:
        assert isinstance(self.object_list, QuerySet)
        return self.object_list.order_by()[: MOST_LISTED + 1].count()

    @property
    def capped(self) -> bool:
        """Whether there are more matches than pages show."""
        return self._matches > MOST_LISTED

    @cached_property
    def count(self) -> int:
        """Return the number of matches on all pages."""
        return min(self._matches, MOST_LISTED)


class DateLinks(NamedTuple):
    """What `admin/date_hierarchy.html` shows: links to periods, and the one back."""

    show: bool
    choices: list[dict[str, str]]
    back: dict[str, str] | None = None


class LargeChangeList(StaffChangeList):
    """A list whose date links are the periods between its first and last row, filters apart."""

    def date_links(self) -> DateLinks:
        """Return the links to years, to a year's months, or to a month's days."""
        field = self.date_hierarchy
        ends = self.root_queryset.aggregate(first=Min(field), last=Max(field))
        if ends["first"] is None:
            return DateLinks(show=False, choices=[])
        first, last = (timezone.localtime(ends[end]).date() for end in ("first", "last"))
        year, month, day = (self._chosen(part) for part in ("year", "month", "day"))
        if year is None:
            return DateLinks(show=True, choices=self._years(first, last))
        if month is None:
            back = {"link": self._link(), "title": _("All dates")}
            return DateLinks(show=True, choices=self._months(first, last, year), back=back)
        if day is None:
            back = {"link": self._link(year), "title": str(year)}
            return DateLinks(show=True, choices=self._days(first, last, year, month), back=back)
        chosen = date(year, month, day)
        back = {
            "link": self._link(year, month),
            "title": formats.date_format(chosen, "YEAR_MONTH_FORMAT"),
        }
        choices = [{"title": formats.date_format(chosen, "MONTH_DAY_FORMAT")}]
        return DateLinks(show=True, choices=choices, back=back)

    def _chosen(self, part: str) -> int | None:
        value = self.params.get(f"{self.date_hierarchy}__{part}")
        return None if value is None else int(value)

    def _link(self, *chosen: int) -> str:
        field = self.date_hierarchy
        parts = zip(("year", "month", "day"), chosen, strict=False)
        return self.get_query_string({f"{field}__{part}": n for part, n in parts}, [f"{field}__"])

    def _years(self, first: date, last: date) -> list[dict[str, str]]:
        years = range(first.year, last.year + 1)
        return [{"link": self._link(year), "title": str(year)} for year in years]

    def _months(self, first: date, last: date, year: int) -> list[dict[str, str]]:
        months = [date(year, month, 1) for month in range(1, 13)]
        return [
            {
                "link": self._link(year, each.month),
                "title": formats.date_format(each, "YEAR_MONTH_FORMAT"),
            }
            for each in months
            if first.replace(day=1) <= each <= last
        ]

    def _days(self, first: date, last: date, year: int, month: int) -> list[dict[str, str]]:
        beginning = date(year, month, 1).toordinal()
        days = [date.fromordinal(beginning + offset) for offset in range(31)]
        return [
            {
                "link": self._link(year, month, each.day),
                "title": formats.date_format(each, "MONTH_DAY_FORMAT"),
            }
            for each in days
            if each.month == month and first <= each <= last
        ]


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
        with transaction.atomic():
            plan_for_these_values()
            response = super().changelist_view(request, extra_context)
            # The list is read while it is rendered.
            return response.render() if isinstance(response, TemplateResponse) else response

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LargeChangeList]:
        return LargeChangeList
