"""The record of who did what, to be looked at by whoever has the permission for it."""

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery, TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.enums import ActorKind, Event
from audit.models import Record
from audit.reasons import in_japanese
from patrons.models import Patron
from staff.base import EMPTY, SEARCH, ReadOnly
from staff.large_list import LargeListAdmin

NETWORK_SHOWN = 8
SHOWN = ("at", "what", "who", "whom", "about", "names", "why", "count", "origin")


class ChoiceFilter(admin.SimpleListFilter):
    """By the choice that stands in a column."""

    choices_of: type[TextChoices]
    column: str

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(self.choices_of.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class EventFilter(ChoiceFilter):
    title = "できごと"
    parameter_name = column = "event"
    choices_of = Event


class ActorFilter(ChoiceFilter):
    title = "だれが"
    parameter_name = "actor"
    column = "actor_kind"
    choices_of = ActorKind


@admin.register(Record)
class RecordAdmin(ReadOnly, LargeListAdmin):
    """What was done, the latest first; found by a patron's number or a staff member's name."""

    list_display = fields = readonly_fields = SHOWN
    list_display_links = None
    list_filter = (EventFilter, ActorFilter)
    list_per_page = 50
    sortable_by = ("at",)
    date_hierarchy = "at"
    ordering = ("-at",)
    search_fields = ("patron_id", "actor_id")
    search_help_text = "利用者番号か、職員のユーザー名でさがせます。"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the records with the names of staff and the numbers of patrons who still exist."""
        staff = get_user_model().objects.filter(pk=OuterRef("actor_id"), is_staff=True)
        patrons = Patron.objects.filter(pk=OuterRef("patron_id"))
        records = super().get_queryset(request)
        return records.annotate(
            staff_name=Subquery(staff.values("username")),
            patron_number=Subquery(patrons.values("number")),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find what was done to a patron, or by a member of staff."""
        if not search_term.strip():
            return queryset, False
        staff = get_user_model().objects.filter(username=search_term.strip(), is_staff=True)
        if user_id := staff.values_list("pk", flat=True).first():
            return queryset.filter(actor_id=user_id), False
        patrons = Patron.objects.with_number(search_term)
        return queryset.filter(patron_id=patrons.values_list("pk", flat=True).first() or 0), False

    @admin.display(description="できごと")
    def what(self, row: Record) -> str:
        return dict(Event.choices).get(row.event, row.event)

    @admin.display(description="だれが")
    def who(self, row: Any) -> str:
        return row.staff_name or row.get_actor_kind_display()

    @admin.display(description="利用者")
    def whom(self, row: Any) -> SafeString | str:
        if row.patron_id is None:
            return EMPTY
        address = reverse("admin:patrons_patron_change", args=[row.patron_id])
        return format_html('<a href="{}">{}</a>', address, row.patron_number or row.patron_id)

    @admin.display(description="対象")
    def about(self, row: Record) -> str:
        return f"{_kind(row.object_type)} {row.object_id}".strip() or EMPTY

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
