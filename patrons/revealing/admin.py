"""Patrons masked, for whoever may not see everybody's data; and the page that opens one of them."""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from characters.text import is_visible
from patrons.models import Patron
from patrons.revealing.masking import MASKS
from patrons.revealing.reasons import BY_NUMBER, RevealReason
from patrons.revealing.session import (
    MaskedPatron,
    masked,
    may_reveal,
    may_see,
    reveal,
    sees_everybody,
)
from staff.base import SEARCH, StaffModelAdmin
from ui.pages import in_words, sent_data


def _too_many(wait: timedelta) -> str:
    return (
        "表示していません。短いあいだに多くの利用者の個人情報を表示しました。"
        f"{in_words(wait)}ほど待ってから、もう一度表示してください。"
    )


class ReasonForm(forms.Form):
    """Why one patron's data are looked at."""

    reason = forms.ChoiceField(
        label="理由",
        choices=RevealReason,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "表示する理由を選んでください。"
        ),
    )


class MaskedPages(StaffModelAdmin):
    """What a patron's list and page are to who may not see everybody's data.

    Such a list is searched by whole numbers alone, and neither filtered nor ordered by what is
    masked: it would tell it. A patron found by number opens at once, any other for a reason; what
    is not open is not changed. `hidden_filters` and `hidden_orders` name what tells;
    `folded_columns` are columns of several values, made of a patron who is masked.
    """

    hidden_filters: ClassVar[tuple[Any, ...]]
    hidden_orders: ClassVar[tuple[str, ...]]
    folded_columns: ClassVar[tuple[str, ...]]
    masked_help_text = "利用者番号でさがせます（カードの読み取りもできます）。"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that asks for the reason."""
        view = self.admin_site.admin_view(self.reveal_view)
        return [
            path("<int:patron_id>/reveal/", view, name="patrons_patron_reveal"),
            *super().get_urls(),
        ]

    def reveal_view(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Ask for a reason, and open one patron for it."""
        if not (may_reveal(request) and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id))
        if patron is None or patron.erased_at:
            raise Http404
        form = ReasonForm(sent_data(request))
        status = 422 if form.errors else 200
        if form.is_valid():
            wait = reveal(request, patron, form.cleaned_data["reason"])
            if wait is None:
                return redirect("admin:patrons_patron_change", patron.pk)
            form.add_error(None, _too_many(wait))
            status = 429
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "個人情報の表示",
            "patron": MaskedPatron(patron),
            "form": form,
        }
        template = "admin/patrons/patron/reveal.html"
        return TemplateResponse(request, template, context, status=status)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, or the one patron whose whole number was looked for.

        After too many it stays masked, in the list.
        """
        typed = request.GET.get(SEARCH, "")
        if may_reveal(request) and self.has_view_permission(request) and is_visible(typed):
            found = Patron.objects.with_number(typed).first()
            if found is not None and not found.erased_at:
                wait = reveal(request, found, BY_NUMBER)
                if wait is None:
                    return redirect("admin:patrons_patron_change", found.pk)
                messages.error(request, _too_many(wait))
        return super().changelist_view(request, extra_context)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Offer to open a patron that is masked."""
        is_masked = not may_see(request, object_id)
        context = {"is_masked": is_masked, "may_reveal": is_masked and may_reveal(request)}
        kwargs["extra_context"] = (kwargs.get("extra_context") or {}) | context
        return super().change_view(request, object_id, *args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Patron | None = None) -> bool:
        """Let nobody change what they are not shown."""
        is_seen = obj is None or may_see(request, obj.pk)
        return is_seen and super().has_change_permission(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if sees_everybody(request) or not is_visible(search_term):
            return super().get_search_results(request, queryset, search_term)
        # Looked up first: the list's own order would be walked for it.
        found = Patron.objects.with_number(search_term).values_list("pk", flat=True)
        return queryset.filter(pk__in=list(found)), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list, which says what it can be searched by."""
        changelist = super().get_changelist_instance(request)
        if not sees_everybody(request):
            changelist.search_help_text = self.masked_help_text
        return changelist

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        if sees_everybody(request):
            return filters
        return [each for each in filters if each not in self.hidden_filters]

    def get_sortable_by(self, request: HttpRequest) -> Any:
        columns = super().get_sortable_by(request)
        if sees_everybody(request):
            return columns
        return [each for each in columns if each not in self.hidden_orders]

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return columns if sees_everybody(request) else self._in_place(columns)

    def get_inlines(self, request: HttpRequest, obj: Patron | None) -> Any:
        """Leave out whose cards are linked."""
        is_seen = obj is None or may_see(request, obj.pk)
        return super().get_inlines(request, obj) if is_seen else []

    def get_fieldsets(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or may_see(request, obj.pk):
            return fieldsets
        return [
            (title, {**options, "fields": self._in_place(options["fields"])})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *self._masked_columns.values())

    def _in_place(self, columns: Any) -> list[Any]:
        # What says 情報秘匿 is a callable already, and no key.
        return [self._masked_columns.get(each, each) for each in columns]

    @cached_property
    def _masked_columns(self) -> dict[Any, Callable[[Patron], str]]:
        return {
            column: self._masked_column(column)
            for column in (*MASKS, *self.folded_columns)
            if hasattr(self, column) or hasattr(Patron, column)
        }

    def _masked_column(self, column: str) -> Callable[[Patron], str]:
        own = getattr(self, column, None)

        @admin.display(description=str(label_for_field(column, self.model, self)))
        def shown(patron: Patron) -> str:
            if own and column in self.folded_columns:
                return own(MaskedPatron(patron))
            return masked(column, own(patron) if own else getattr(patron.shown, column))

        shown.__name__ = column
        return shown
