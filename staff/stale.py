"""Two members of staff on one record: neither overwrites unseen what the other has stored.

Every form of the admin carries a mark of what it showed: of the row, and of the rows within it.
While it is compared and stored the row stays locked. A second press of the same button is no
conflict.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from functools import partial
from itertools import zip_longest
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.crypto import constant_time_compare

from characters.text import StrOrPromise
from staff.comparing import (
    NOT_STORED,
    Comparison,
    columns_of,
    lined_up_rows,
    noun_of,
    plain_value,
    row_in_words,
    typed_in_words,
    values_of,
)
from ui.stale_page import FIELD, Shown, mark_of

NOT_DELETED = (
    "まだ削除していません。前の画面を開いたあとで、{}が内容を変えました。"
    "内容を確かめて、削除してよろしければ、「削除する」を押してください。"
)
GONE = "保存していません。この画面を開いたあとで、ほかの職員が削除しました。"
_COMPARISON = "comparison"


class ComparedForm:
    """A form that is refused where somebody else has stored something since it was shown."""

    comparison: Comparison

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:  # type: ignore[attr-defined]
            self.comparison.form = self

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]
        if self.comparison.form is self:
            self.comparison.compare()


class NothingOverUnseen(admin.ModelAdmin):
    """Forms of the admin that store and delete only what they have shown.

    `beside_form` names, with their label, columns that a form changes by a field of another name.
    """

    beside_form: ClassVar[Mapping[str, str]] = {}
    changed_by = "ほかの職員"

    def unseen(self, row: Any) -> Mapping[str, StrOrPromise]:
        """Return what is said in place of stored values that the form does not show."""
        return {}

    def lock(self, row: Any) -> bool:
        """Keep a row as it is until the transaction ends; return whether it is still there."""
        rows = self.model._base_manager.select_for_update(no_key=True)
        return rows.filter(pk=row.pk).first() is not None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show or store a row; 409 where another is stored than was shown, or none any more."""
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, *args, **kwargs)
        comparison = None
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            if self.has_change_permission(request, row):
                if row is None or not self.lock(row):
                    return self._gone(request)
                comparison = Comparison(
                    Shown.sent(request.POST).mark, self.changed_by, self.beside_form
                )
                setattr(request, _COMPARISON, comparison)
            response = super().changeform_view(request, object_id, *args, **kwargs)
        if comparison is not None and comparison.differences:
            response.status_code = 409
        return response

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        comparison = getattr(request, _COMPARISON, None)
        if comparison is None:
            return form
        return type(form)(form.__name__, (ComparedForm, form), {"comparison": comparison})

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        """Make the forms of the rows within one, of a stale page in line with what is stored."""
        make = super()._create_formsets  # type: ignore[misc]
        formsets, inlines = make(request, obj, change)
        comparison = getattr(request, _COMPARISON, None)
        if comparison is None:
            return formsets, inlines
        comparison.unseen = self.unseen(obj)
        comparison.stored = self._stored(comparison.form, obj)
        comparison.mark = self._mark(obj, comparison.stored, formsets)
        if constant_time_compare(comparison.sent, comparison.mark):
            return formsets, inlines
        sent = request.POST.copy()
        request.POST = sent  # type: ignore[assignment]  # as Django itself does
        editable = [formset for formset in formsets if columns_of(formset)]
        lined_up = {formset.prefix: lined_up_rows(formset, sent) for formset in editable}
        formsets, inlines = make(request, obj, change)
        comparison.rows = []
        for formset in formsets:
            if formset.prefix in lined_up:
                stored, order, added = lined_up[formset.prefix]
                # The page pairs rows and forms by their order.
                rows = {row.pk: row for row in formset.get_queryset()}
                formset._queryset = [rows[pk] for pk in order]
                for form, pk in zip_longest(formset.forms, order):
                    form.initial_pk = pk
                comparison.rows.append((formset, stored, added))
        return formsets, inlines

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a form with the mark of what it shows, and with what somebody else has stored."""
        comparison, row = getattr(request, _COMPARISON, None), context["original"]
        if comparison is not None:
            context |= {"shown": comparison.mark, "differences": comparison.differences}
            if comparison.differences and len(context["errors"]) == 1:
                # Nothing that is to be corrected.
                context |= {"errors": [], "conflict": NOT_STORED.format(self.changed_by)}
        elif row is not None and self.has_change_permission(request, row):
            formsets = [each.formset for each in context["inline_admin_formsets"]]
            stored = self._stored(context["adminform"].form, row)
            context["shown"] = self._mark(row, stored, formsets)
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask, and delete; 409 where another is stored than the row's page or this one showed."""
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            sends = request.method == "POST"
            if (
                row is None
                or not self.has_delete_permission(request, row)
                or (sends and not self.lock(row))
            ):
                return super().delete_view(request, object_id, extra_context)
            mark = self._mark_of_page(request, self.get_object(request, unquote(object_id)))
            sent = request.POST if sends else request.GET
            is_stale = (sends or FIELD in sent) and not constant_time_compare(
                Shown.sent(sent).mark, mark
            )
            context = {"shown": mark, "stale": NOT_DELETED.format(self.changed_by) * is_stale}
            asked = request
            if sends and is_stale:
                asked = copy(request)
                asked.method, asked.POST = "GET", QueryDict()
            response = super().delete_view(asked, object_id, (extra_context or {}) | context)
        if sends and is_stale:
            response.status_code = 409
        return response

    def _gone(self, request: HttpRequest) -> TemplateResponse:
        """Show what was typed into the form of a row that is no more."""
        form = self.get_form(request)(request.POST)
        typed = [(form[name].label, typed_in_words(form, name)) for name in form.fields]
        rows = [
            (noun_of(formset), row_in_words(formset, partial(typed_in_words, each)))
            for formset in self._create_formsets(request, self.model(), change=False)[0]
            for each in formset.forms
            if each.has_changed()
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "保存できません",
            "sentence": GONE,
            "typed": typed + rows,
        }
        return TemplateResponse(request, "admin/gone.html", context, status=409)

    def _stored(self, form: Any, row: Any) -> dict[str, Any]:
        fields = {field.name: field for field in (*row._meta.fields, *row._meta.many_to_many)}
        names = [*filter(fields.__contains__, form.fields), *self.beside_form]
        return {name: fields[name].value_from_object(row) for name in names}

    def _mark(self, row: Model, stored: Mapping[str, Any], formsets: Iterable[Any]) -> str:
        rows = [
            (formset.prefix, each.pk, *values_of(formset, each).values())
            for formset in formsets
            if columns_of(formset)
            for each in formset.get_queryset()
        ]
        shown = [(name, plain_value(value)) for name, value in stored.items()]
        return mark_of(self.opts.label_lower, [row.pk, shown, rows])

    def _mark_of_page(self, request: HttpRequest, row: Any) -> str:
        """Return the mark that the form of a row would carry now."""
        fields = flatten_fieldsets(self.get_fieldsets(request, row))
        form = self.get_form(request, row, change=True, fields=fields)(instance=row)
        formsets = [
            make(instance=row, queryset=inline.get_queryset(request))
            for make, inline in self.get_formsets_with_inlines(request, row)
        ]
        return self._mark(row, self._stored(form, row), formsets)
