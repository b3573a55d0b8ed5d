"""The record of who did what, to be looked at by whoever has the permission for it."""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.counts import by_day
from audit.enums import Event
from audit.kinds import Kind
from audit.models import NotableOpening, Record
from audit.reasons import in_japanese
from patrons.models import Patron
from registration.application.models import Application
from staff.base import EMPTY, SEARCH, ReadOnly
from staff.large_list import LargeChangeList, LargeListAdmin
from staff.record_search import FILTERS, PeriodForm, SinceFilter, UntilFilter, WhoFilter, form_of

NETWORK_SHOWN = 8
APPLICATIONS = {"registration.application", "registration.reviewcase"}
# As `User.__str__` has it.
_SHOWN_NAME = Coalesce(NullIf(F("name"), Value("")), F("username"))
SHOWN = ("at", "what", "who", "whom", "about", "names", "why", "count", "origin")


class RecordChangeList(LargeChangeList):
    """A list whose rows lead to their object, where who looks may see it."""

    def complete(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        pages = {page.opts.label_lower: page for page in admin.site._registry.values()}
        open_ones = {label for label in pages if pages[label].has_view_permission(request)}
        titles = _titles(rows)
        for row in rows:
            row.title = titles.get(row.object_id, "")
            if row.object_id and row.object_type in open_ones:
                name = f"admin:{row.object_type.replace('.', '_')}_change"
                row.address = reverse(name, args=[row.object_id])


class RecordAdmin(ReadOnly, LargeListAdmin):
    """What was done, the latest first; found by a patron's number or a staff member's name."""

    fields = readonly_fields = SHOWN
    list_display = ("moment", "told", "actor", "whom", "about")
    list_display_links = None
    list_filter: ClassVar[Any] = FILTERS
    list_per_page = 50
    sortable_by = ("moment",)
    ordering = ("-at",)
    search_fields = ("patron_id", "actor_id")
    change_list_template = "admin/audit/record/change_list.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("audit.view_record")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LargeChangeList]:
        return RecordChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list below the form that narrows it."""
        form = form_of(request)
        names = (SEARCH, *(each.parameter_name for each in self.list_filter))
        shown = {
            "title": self.opts.verbose_name_plural,
            "form_fields": [form[name] for name in names],
        }
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the records with the names of staff and the numbers of patrons who still exist."""
        staff = get_user_model().objects.filter(pk=OuterRef("actor_id"), is_staff=True)
        patrons = Patron.objects.filter(pk=OuterRef("patron_id"))
        records = super().get_queryset(request)
        return records.annotate(
            staff_name=Subquery(staff.values(shown=_SHOWN_NAME)),
            patron_number=Subquery(patrons.values("number")),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find what was done to a patron, or by a member of staff."""
        if not search_term.strip():
            return queryset, False
        term = search_term.strip()
        staff = get_user_model().objects.filter(Q(username=term) | Q(name=term), is_staff=True)
        if keys := list(staff.values_list("pk", flat=True)):
            return queryset.filter(actor_id__in=keys), False
        patrons = Patron.objects.with_number(search_term)
        return queryset.filter(patron_id=patrons.values_list("pk", flat=True).first() or 0), False

    @admin.display(description="日時", ordering="at")
    def moment(self, row: Record) -> str:
        return f"{timezone.localtime(row.at):%Y/%m/%d %H:%M}"

    @admin.display(description="できごと")
    def what(self, row: Record) -> str:
        return dict(Event.choices).get(row.event, row.event)

    @admin.display(description="できごと")
    def told(self, row: Record) -> SafeString:
        """Tell the event, below it what is known besides."""
        details = [
            ("理由", in_japanese(row.reason)),
            ("項目", self.names(row) if row.fields else ""),
            ("件数", "" if row.count is None else f"{row.count:,}"),
        ]
        known = "　".join(f"{label}：{text}" for label, text in details if text)
        return format_html('{}<div class="quiet">{}</div>', self.what(row), known)

    @admin.display(description="だれが")
    def who(self, row: Any) -> str:
        return row.staff_name or row.get_actor_kind_display()

    @admin.display(description="だれが")
    def actor(self, row: Any) -> SafeString:
        """Tell who, below it from where."""
        origin = f"接続元 {self.origin(row)}" if row.network else ""
        return format_html('{}<div class="quiet">{}</div>', self.who(row), origin)

    @admin.display(description="利用者")
    def whom(self, row: Any) -> SafeString | str:
        if row.patron_id is None:
            return EMPTY
        address = reverse("admin:patrons_patron_change", args=[row.patron_id])
        return format_html('<a href="{}">{}</a>', address, row.patron_number or row.patron_id)

    @admin.display(description="対象")
    def about(self, row: Any) -> SafeString | str:
        title = row.title if hasattr(row, "title") else _titles([row]).get(row.object_id)
        # Of the UUID of what there is no more, as much as tells one from another; a patron's number
        # stands beside.
        is_patron = row.object_type == Patron._meta.label_lower and row.patron_id is not None
        key = "" if is_patron else row.object_id.partition("-")[0]
        text = title or f"{_kind(row.object_type)} {key}".strip() or EMPTY
        address = getattr(row, "address", "")
        return format_html('<a href="{}">{}</a>', address, text) if address else text

    @admin.display(description="項目")
    def names(self, row: Record) -> str:
        """Name the fields as their pages do, and a filter as its list does, whatever it does."""
        labels = _labels(row.object_type)
        plain = (name.partition("__")[0] for name in row.fields)
        return "、".join(dict.fromkeys(labels.get(name, name) for name in plain)) or EMPTY

    @admin.display(description="理由")
    def why(self, row: Record) -> str:
        return in_japanese(row.reason) or EMPTY

    @admin.display(description="接続元")
    def origin(self, row: Record) -> str:
        """Show as much of the network's code as tells one from another."""
        return row.network[:NETWORK_SHOWN] or EMPTY


@admin.register(Record)
class WholeRecordAdmin(RecordAdmin):
    """All that is recorded, and how much of each kind on each day."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page that counts."""
        view = self.admin_site.admin_view(self.days_view)
        return [path("days/", view, name="audit_record_days"), *super().get_urls()]

    def days_view(self, request: HttpRequest) -> HttpResponse:
        """Show how much of each kind was recorded on each day of a period."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        form = PeriodForm(request.GET)
        days = by_day(form.period) if form.is_valid() else {}
        rows = [
            (day, [(kind.value, counted[kind]) for kind in Kind]) for day, counted in days.items()
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "操作の記録の件数（日と種類）",
            "form": form,
            "kinds": Kind.labels,
            "rows": rows,
            "sums": [sum(counted[kind] for counted in days.values()) for kind in Kind],
        }
        return TemplateResponse(request, "admin/audit/record/days.html", context)


@admin.register(NotableOpening)
class NotableOpeningAdmin(RecordAdmin):
    """What 管理 is told of: whose record a member of staff has opened, and why that is told."""

    list_display = ("moment", "why", "actor", "whom", "about")
    list_filter = (SinceFilter, UntilFilter, WhoFilter)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(event=Event.NOTABLE_OPENED)


def _titles(rows: Iterable[Record]) -> dict[str, str]:
    """Return what the applications among the rows' objects are called, by their keys."""
    keys = set()
    for row in rows:
        if row.object_type in APPLICATIONS:
            with suppress(ValueError):
                keys.add(UUID(row.object_id))
    return {str(key): str(each) for key, each in Application.objects.in_bulk(keys).items()}


def _kind(object_type: str) -> str:
    """Return what a kind of object is called; one that there is no more, as it was recorded."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name) if object_type else ""
    except (LookupError, ValueError):
        return object_type


@cache
def _labels(object_type: str) -> dict[str, str]:
    """Return what the fields and filters of a kind of object are called; a patron's for none."""
    try:
        model = apps.get_model(object_type or Patron._meta.label)
    except (LookupError, ValueError):
        return {}
    labels = {SEARCH: "さがす言葉"}
    page = admin.site._registry.get(model)
    for each in page.list_filter if page else ():
        if isinstance(each, type) and issubclass(each, admin.SimpleListFilter):
            labels[str(each.parameter_name)] = str(each.title)
    for field in (*model._meta.fields, *model._meta.many_to_many):
        labels[field.name] = str(field.verbose_name)
    return labels
