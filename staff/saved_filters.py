"""Filters of a list that a member of staff has named: links above it, for nobody else."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from accounts.models import User
from characters.text import keepable
from staff.models import SavedFilter
from ui.forms import PlainForm, VisibleField

PERIODS = ("year", "month", "day")
MOST_SAVED = 20
SAVE, DELETE = "save_filter", "delete_filter"
NO_NAME = "保存する名前を入力してください。"
NO_FILTER = "保存する絞り込みがありません。一覧を絞り込んでから、保存してください。"
TOO_LONG = "この絞り込みは長すぎるため、保存できません。条件を減らしてください。"
NAME_TAKEN = "この名前の絞り込みは、もうあります。別の名前を入力するか、先に削除してください。"
TOO_MANY = f"1つの一覧に保存できるのは{MOST_SAVED}件までです。使わないものを先に削除してください。"


class NotSaved(Exception):
    """A filter is not saved; the text says why, and what to do."""


class SaveFilterForm(PlainForm):
    """What the filters of the list are to be called."""

    name = VisibleField(
        label="名前",
        max_length=SavedFilter.NAME_LENGTH,
        widget=forms.TextInput({"size": 20, "autocomplete": "off"}),
        error_messages={
            "required": NO_NAME,
            "max_length": f"名前は{SavedFilter.NAME_LENGTH}文字までです。",
        },
    )


@transaction.atomic
def save_filter(*, user: User, page: str, name: str, query: str) -> None:
    """Keep the filters of a list under a name. Raises NotSaved."""
    if not query:
        raise NotSaved(NO_FILTER)
    if len(query) > SavedFilter.QUERY_LENGTH:
        raise NotSaved(TOO_LONG)
    # One after the other, so that neither name nor number is overtaken.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    names = set(SavedFilter.objects.filter(user=user, page=page).values_list("name", flat=True))
    if name in names:
        raise NotSaved(NAME_TAKEN)
    if len(names) >= MOST_SAVED:
        raise NotSaved(TOO_MANY)
    SavedFilter.objects.create(user=user, page=page, name=name, query=query)


def parameters_of(listed: ChangeList) -> set[str]:
    """Return the parameters by which a list filters for who looks at it."""
    names = {str(name) for spec in listed.filter_specs for name in spec.expected_parameters()}
    periods = PERIODS if listed.date_hierarchy else ()
    return names | {f"{listed.date_hierarchy}__{period}" for period in periods}


def query_of(listed: ChangeList) -> str:
    """Return the filters of a list as an address has them: no search, order or page."""
    known, asked = parameters_of(listed), listed.get_filters_params()
    return urlencode({name: asked[name] for name in sorted(asked.keys() & known)}, doseq=True)


class SavedFilters(admin.ModelAdmin):
    """A list above which stand the filters that who looks has saved for it."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; save or delete filters first, where that is asked for.

        422 where they cannot be saved.
        """
        form = SaveFilterForm()
        if request.method == "POST" and self.has_view_permission(request):
            if DELETE in request.POST:
                return self._delete(request)
            if SAVE in request.POST:
                form = SaveFilterForm(request.POST)
                if self._is_saved(request, form):
                    return redirect(request.get_full_path())
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        listed = context.get("cl")
        if listed is not None and not listed.is_popup:
            context["saving"] = self._saving(request, listed, form)
            if form.errors:
                response.status_code = 422
                listed.is_scanned_into = False
                form.fields["name"].widget.attrs["autofocus"] = True
        return response

    def _saving(self, request: HttpRequest, listed: ChangeList, form: Any) -> dict[str, Any]:
        known, here = parameters_of(listed), query_of(listed)
        filters = []
        for each in self._own(request).order_by("name"):
            asked = dict(QueryDict(each.query).lists())
            # A filter that the list has no more, or not for who looks: what is left opens it.
            left = {name: values for name, values in asked.items() if name in known}
            filters.append(
                {
                    "name": each.name,
                    "query": urlencode(left, doseq=True),
                    "is_whole": left == asked,
                    "is_here": each.query == here,
                }
            )
        return {"filters": filters, "form": form, "query": here}

    def _is_saved(self, request: HttpRequest, form: SaveFilterForm) -> bool:
        if not form.is_valid():
            return False
        assert isinstance(request.user, User)
        try:
            query = query_of(self.get_changelist_instance(request))
            name = form.cleaned_data["name"]
            save_filter(user=request.user, page=self.opts.label_lower, name=name, query=query)
        except IncorrectLookupParameters:
            form.add_error("name", NO_FILTER)
        except NotSaved as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"絞り込み「{name}」を保存しました。")
        return not form.errors

    def _delete(self, request: HttpRequest) -> HttpResponse:
        name = keepable(request.POST[DELETE])
        if self._own(request).filter(name=name).delete()[0]:
            messages.success(request, f"絞り込み「{name}」を削除しました。")
        return redirect(request.get_full_path())

    def _own(self, request: HttpRequest) -> QuerySet[SavedFilter]:
        page = self.opts.label_lower
        return SavedFilter.objects.filter(user=request.user.pk, page=page)
