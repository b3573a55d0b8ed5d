"""The record of who did what, to be looked at by whoever has the permission for it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery, TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.enums import ActorKind, Event
from audit.models import Record
from patrons.models import Patron
from staff.base import EMPTY, ReadOnly
from staff.large_list import LargeListAdmin

NETWORK_SHOWN = 8


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

    list_display = ("at", "what", "who", "whom", "about", "names", "reason", "count", "origin")
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
        return f"{row.object_type} {row.object_id}".strip() or EMPTY

    @admin.display(description="項目")
    def names(self, row: Record) -> str:
        return "、".join(row.fields) or EMPTY

    @admin.display(description="接続元")
    def origin(self, row: Record) -> str:
        """Show as much of the network's code as tells one from another."""
        return row.network[:NETWORK_SHOWN] or EMPTY
