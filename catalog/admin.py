"""The catalogue as staff look at it: it comes from files, so nothing is changed here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.models import Item, Record
from catalog.search.folding import fold, isbn13
from catalog.search.keys import Keys
from staff.base import ReadOnly
from staff.large_list import LargeListAdmin


class ItemInline(ReadOnly, admin.TabularInline):
    model = Item
    extra = 0
    fields = ("number", "branch", "shelf", "call_number", "state")
    readonly_fields = fields
    can_delete = False


@admin.register(Record)
class RecordAdmin(ReadOnly, LargeListAdmin):
    """Found by the beginning of the title, by ISBN or by control number."""

    list_display = ("title", "made_by", "year", "control_number")
    search_fields = ("control_number",)
    inlines = (ItemInline,)
    exclude = Keys._fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Look the term up in three indexes."""
        if not search_term:
            return queryset, False
        if number := isbn13(search_term):
            return queryset.filter(isbns__contains=[number]), False
        found = queryset.filter(control_number=search_term)
        return found or queryset.filter(title_key__startswith=fold(search_term)), False

    @admin.display(description="著者")
    def made_by(self, record: Record) -> str:
        return record.authors
