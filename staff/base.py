"""The bases of every page that staff have in the admin; what is done on them is recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern

from accounts.models import User
from audit.enums import Event
from audit.services import record
from staff.exporting import MOST_ROWS, ListExport, fields_of
from staff.roles import EXPORT_CASES, SEE_PERSONAL_DATA
from staff.saved_filters import PERIODS, SavedFilters, parameters_of
from staff.stale import NothingOverUnseen
from staff.watch import watch

EMPTY = "—"
SEARCH = "q"
# What a request carries until its page is recorded.
_ROW = "recorded_row"
_FIELDS = "recorded_fields"


def member_of_staff(request: HttpRequest) -> User:
    """Return who is logged in, on a page that nobody else gets to see."""
    assert isinstance(request.user, User)
    return request.user


def remember_row(request: HttpRequest, row: Model) -> None:
    """Remember which row a page is about, for its record."""
    setattr(request, _ROW, row)


class ReadOnly:
    """Staff look; every change goes through the services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class InTheClear:
    """Personal data as they are: for nobody to whom these are shown masked elsewhere."""

    export_permission = EXPORT_CASES

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_view_permission(request, obj)  # type: ignore[misc]
        return may and request.user.has_perm(SEE_PERSONAL_DATA)


class StaffChangeList(ChangeList):
    """A list that is ordered by nothing but the columns its class lets staff order by.

    `presets` are links to what staff look for every day, as `StaffModelAdmin.presets` names it.
    """

    presets: Sequence[dict[str, Any]] = ()

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.complete(request, self.result_list)

    def complete(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        """Give rows that are shown, on a page or in a file, what they know only all at once."""

    def chosen(self) -> Iterator[dict[str, str]]:
        """Yield what the list is narrowed by now, each with the address without it."""
        for spec in self.filter_specs:
            everything, *others = [*spec.choices(self)] or [{}]
            for choice in others:
                if choice["selected"]:
                    without = str(everything["query_string"])
                    title, display = str(spec.title), str(choice["display"])
                    yield {"title": title, "display": display, "without": without}

    def get_ordering_field(self, field_name: Any) -> Any:
        sortable = self.sortable_by or ()
        return super().get_ordering_field(field_name) if field_name in sortable else None


class StaffModelAdmin(SavedFilters, ListExport, NothingOverUnseen):
    """A page of the admin whose address asks for nothing that its class does not declare.

    Django lets an address filter a list by any column of the model, so that whoever may view the
    list can read out, character by character, what no page shows.

    Who opened, searched, changed or decided what is recorded around the pages, whoever wrote them,
    so none can be left out.
    """

    # Where a change of the class's rows is more than that: who may do what.
    change_event: Event | None = None
    # Whether a number scanned on the list's page goes into its search at once.
    is_scanned_into = False
    # Above the list, what is looked for every day: what it is called, and the filters that show it.
    presets: ClassVar[tuple[tuple[str, Mapping[str, str]], ...]] = ()

    def patrons_of(self, row: Any) -> Iterable[int | None]:
        """Return the keys of the patrons whose data a row's pages show, [None] for nobody's."""
        return [getattr(row, "patron_id", None)]

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        periods = PERIODS if self.date_hierarchy else ()
        return lookup in {
            f"{self.date_hierarchy}__{period}" for period in periods
        } or lookup in self._lookups_of_filters(request)

    def _lookups_of_filters(self, request: HttpRequest) -> Iterator[Any]:
        filters: Iterable[Any] = self.get_list_filter(request)
        for declared in filters:
            if isinstance(declared, type) and issubclass(declared, admin.SimpleListFilter):
                yield declared.parameter_name
                continue
            path, make = declared, admin.FieldListFilter.create
            if isinstance(declared, tuple | list):
                path, make = declared
            field = get_fields_from_path(self.model, path)[-1]
            listed = make(field, request, {}, self.model, self, field_path=path)
            yield from listed.expected_parameters()

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        # Any other column could be guessed.
        return to_field == self.opts.pk.name

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Name a field as the page does: Django's history keeps its English name otherwise."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.label = str(field.label)
            if isinstance(field.widget, AdminSplitDateTime):
                for part, widget in zip(("日付", "時刻"), field.widget.widgets, strict=True):
                    widget.attrs["aria-label"] = f"{field.label}の{part}"
        return field

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return StaffChangeList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list, with the presets whose filters this member of staff has."""
        changelist: Any = super().get_changelist_instance(request)
        if not changelist.is_popup:
            changelist.title = self.opts.verbose_name_plural
        changelist.is_scanned_into = self.is_scanned_into
        known = parameters_of(changelist)
        changelist.presets = [
            {
                "label": label,
                "address": f"?{urlencode(filters)}",
                "is_chosen": filters.items() <= changelist.params.items(),
            }
            for label, filters in self.presets
            if filters.keys() <= known
        ]
        return changelist

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return a row; an address that names it by an empty field means the primary key."""
        row = super().get_object(request, object_id, from_field or None)
        if row is not None:
            remember_row(request, row)
        return row

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show or store a row; 400 for a copy of one, which Django makes although none is offered.

        It would go past what the class asks of who adds a row, and fails where a field is wrong.
        """
        if "_saveasnew" in request.POST and not self.save_as:
            raise BadRequest("no copies")
        return super().changeform_view(request, object_id, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> Any:
        """Do what was chosen with the rows that were chosen, 400 where one cannot be a row."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError as error:
            raise BadRequest("impossible row") from error
        return super().response_action(request, queryset, *args)

    def refused(self, request: HttpRequest, sentence: str) -> TemplateResponse:
        """Say in the admin why something may not be done, with 403."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "この操作はできません",
            "sentence": sentence,
        }
        return TemplateResponse(request, "admin/refused.html", context, status=403)

    @property
    def urls(self) -> list[URLPattern]:
        """The addresses of all pages, those that a class adds included; each is recorded."""
        patterns = self.get_urls()
        for pattern in patterns:
            pattern.callback = self._recorded_page(pattern.callback, pattern.name or "")
        return patterns

    def _recorded_page(self, view: Callable[..., HttpResponse], name: str) -> Callable[..., Any]:
        page = name.removeprefix(f"{self.opts.app_label}_{self.opts.model_name}_")

        @wraps(view)
        def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
            except (PermissionDenied, SuspiciousOperation):
                # The page's own transaction is rolled back by now, and takes no record with it.
                self._record(Event.STAFF_REFUSED, _rows(request), reason=page)
                raise
            if response.status_code == 403:
                self._record(Event.STAFF_REFUSED, _rows(request), reason=page)
            elif not 300 <= response.status_code < 400:
                # Whatever the method: Django answers POST and OPTIONS with the same lists and rows.
                self._record_shown(request, response, page)
            return response

        return recorded

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the list's actions, each of which is recorded before it is done."""
        actions: dict[str, Any] = super().get_actions(request)
        return {
            name: (self._recorded_action(action, name), name, description)
            for name, (action, _, description) in actions.items()
        }

    def _recorded_action(self, action: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(action)
        def recorded(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> Any:
            # Of more rows than a list shows, an action is recorded with their number alone.
            rows = list(queryset.order_by("pk")[: MOST_ROWS + 1])
            if len(rows) > MOST_ROWS:
                self._record(Event.STAFF_ACTION, reason=name, count=queryset.count())
            else:
                self._record(Event.STAFF_ACTION, rows, reason=name)
            return action(model_admin, request, queryset)

        return recorded

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

    def _record_change(
        self, request: HttpRequest, event: Event, what: str, rows: Iterable[Model]
    ) -> None:
        fields = getattr(request, _FIELDS, ())
        reason = what if self.change_event else ""
        self._record(self.change_event or event, rows, reason=reason, fields=fields)

    def _record_shown(self, request: HttpRequest, response: HttpResponse, page: str) -> None:
        shown = (getattr(response, "context_data", None) or {}).get("cl")
        if shown is not None:
            self._record(Event.STAFF_LISTED, fields=fields_of(shown), count=shown.result_count)
        elif rows := _rows(request):
            self._record(Event.STAFF_OPENED, rows, reason=page)
            user, kind = getattr(request, "user", None), self.opts.label_lower
            if isinstance(user, User):
                watch().opened(staff=user, each=self._each(rows), kind=kind)

    def _record(self, event: Event, rows: Iterable[Model] = (), **named: Any) -> None:
        record(event, each=self._each(rows), object_type=self.opts.label_lower, **named)

    def _each(self, rows: Iterable[Model]) -> list[tuple[int | None, Any]]:
        return [(patron, row.pk) for row in rows for patron in self.patrons_of(row)]


def _rows(request: HttpRequest) -> list[Model]:
    row = getattr(request, _ROW, None)
    return [] if row is None else [row]
