"""What staff look at and do in the admin, recorded on every page there is.

It stands around the pages of a class, whoever wrote them, so none can be left out.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from audit.enums import Event
from audit.services import record, record_each

# Of more rows than a list shows, an action is recorded with their number alone.
MOST_ROWS = 1000
SEARCH = "q"
# What a request carries until its page is recorded.
_ROW = "recorded_row"
_FIELDS = "recorded_fields"


def remember_row(request: HttpRequest, row: Model) -> None:
    """Remember which row a page is about, for its record."""
    setattr(request, _ROW, row)


class Recorded(admin.ModelAdmin):
    """Pages of the admin that leave a record of who opened, searched, changed or decided what."""

    # Where a change of the class's rows is more than that: who may do what.
    change_event: Event | None = None

    def patrons_of(self, row: Any) -> Iterable[int | None]:
        """Return the keys of the patrons whose data a row's pages show, [None] for nobody's."""
        return [getattr(row, "patron_id", None)]

    @property
    def urls(self) -> list[URLPattern]:
        """The addresses of all pages, those that a class adds included."""
        patterns = self.get_urls()
        for pattern in patterns:
            pattern.callback = self._recorded_page(pattern.callback, pattern.name or "")
        return patterns

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the row that a page is about, and remember it for the record."""
        row = super().get_object(request, *args, **kwargs)
        if row is not None:
            remember_row(request, row)
        return row

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the list's actions, each of which is recorded before it is done."""
        actions: dict[str, Any] = super().get_actions(request)
        return {
            name: (self._recorded_action(action, name), name, description)
            for name, (action, _, description) in actions.items()
        }

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return what Django's own log says, and remember for ours which fields were changed."""
        setattr(request, _FIELDS, form.changed_data)
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record_change(request, Event.STAFF_ADDED, "added", [obj])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record_change(request, Event.STAFF_CHANGED, "changed", [obj])
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> Any:
        self._record_change(request, Event.STAFF_DELETED, "deleted", queryset)
        return super().log_deletions(request, queryset)

    def _recorded_page(self, view: Callable[..., HttpResponse], name: str) -> Callable[..., Any]:
        page = name.removeprefix(f"{self.opts.app_label}_{self.opts.model_name}_")

        @wraps(view)
        def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
            except (PermissionDenied, SuspiciousOperation):
                # The page's own transaction is rolled back by now, and takes no record with it.
                self._record(Event.STAFF_REFUSED, self._rows(request), reason=page)
                raise
            if response.status_code == 403:
                self._record(Event.STAFF_REFUSED, self._rows(request), reason=page)
            elif not 300 <= response.status_code < 400:
                # Whatever the method: Django answers POST and OPTIONS with the same lists and rows.
                self._record_shown(request, response, page)
            return response

        return recorded

    def _recorded_action(self, action: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(action)
        def recorded(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> Any:
            rows = list(queryset.order_by("pk")[: MOST_ROWS + 1])
            if len(rows) > MOST_ROWS:
                label = self.opts.label_lower
                record(Event.STAFF_ACTION, reason=name, object_type=label, count=queryset.count())
            else:
                self._record(Event.STAFF_ACTION, rows, reason=name)
            return action(model_admin, request, queryset)

        return recorded

    def _record_shown(self, request: HttpRequest, response: HttpResponse, page: str) -> None:
        shown = (getattr(response, "context_data", None) or {}).get("cl")
        if shown is not None:
            record(
                Event.STAFF_LISTED,
                object_type=self.opts.label_lower,
                fields={*shown.get_filters_params(), *([SEARCH] if shown.query else [])},
                count=shown.result_count,
            )
        elif rows := self._rows(request):
            self._record(Event.STAFF_OPENED, rows, reason=page)

    def _record_change(
        self, request: HttpRequest, event: Event, what: str, rows: Iterable[Model]
    ) -> None:
        fields = getattr(request, _FIELDS, ())
        reason = what if self.change_event else ""
        self._record(self.change_event or event, list(rows), reason=reason, fields=fields)

    def _record(
        self, event: Event, rows: Sequence[Model], *, reason: str, fields: Iterable[str] = ()
    ) -> None:
        pairs = [(patron, row.pk) for row in rows for patron in self.patrons_of(row)]
        label = self.opts.label_lower
        record_each(event, pairs or [(None, "")], reason=reason, object_type=label, fields=fields)

    @staticmethod
    def _rows(request: HttpRequest) -> list[Model]:
        row = getattr(request, _ROW, None)
        return [] if row is None else [row]
