"""What was sent of a row and of the rows within it, beside what is stored: in words, in line."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from django.forms import Field
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.formats import localize
from django.utils.timezone import is_aware, localtime

from characters.text import StrOrPromise

NOT_STORED = (
    "まだ保存していません。この画面を開いたあとで、{}が内容を変えました。下の表で見比べて、"
    "入力した内容でよろしければ、もう一度保存してください。"
)
FILE_AGAIN = "選んだファイルは、まだ保存していません。保存するときに、もう一度選んでください。"
NOTHING, CHOSEN, DELETED = "なし", "選んだファイル", "削除"
STAYS = "（ほかの職員が加えた行です。このまま残ります）"


class Difference(NamedTuple):
    """A field, or a row within the form: what is stored, and what was typed."""

    label: str
    stored: str
    typed: str


class Comparison:
    """What one request sent, beside what is stored."""

    def __init__(self, sent: str, by: str, beside_form: Mapping[str, str]) -> None:
        self.sent, self.by, self.beside_form = sent, by, beside_form
        self.unseen: Mapping[str, StrOrPromise] = {}
        self.form: Any = None
        self.mark = sent
        self.stored: dict[str, Any] = {}
        # By formset: the rows that are stored, in words, and those among them nobody has sent.
        self.rows: list[tuple[Any, dict[Any, str], list[Any]]] | None = None
        self.differences: list[Difference] = []

    def compare(self) -> None:
        """Refuse the form where it differs from what is stored, which it has not shown."""
        if self.rows is None:
            return
        found = [*self._of_fields(), *self._of_rows()]
        if not found:
            return
        others = [
            Difference(noun_of(formset), stored[pk], STAYS)
            for formset, stored, added in self.rows
            for pk in added
        ]
        self.differences = found + others
        self.form.add_error(None, NOT_STORED.format(self.by))
        for name in self.form.files:
            if name in self.form.fields and name not in self.form.errors:
                self.form.add_error(name, FILE_AGAIN)

    def _of_fields(self) -> Iterable[Difference]:
        for name, value in self.stored.items():
            if name not in self.form.fields:
                # What the form changes by other means, such as a picture.
                typed = getattr(self.form.instance, name)
                if typed != value:
                    label = self.beside_form[name]
                    yield Difference(
                        label, "あり" if value else NOTHING, CHOSEN if typed else NOTHING
                    )
            elif _differs(self.form, name, value):
                field = self.form.fields[name]
                now = self.unseen.get(name) or in_words(field, value)
                yield Difference(str(field.label), str(now), typed_in_words(self.form, name))

    def _of_rows(self) -> Iterable[Difference]:
        for formset, stored, _ in self.rows or ():
            for form in formset.forms:
                pk, is_deleted = form.initial_pk, _is_deleted(formset, form)
                if pk is None:
                    is_other = form.has_changed() and not is_deleted
                else:
                    names = columns_of(formset)
                    is_other = is_deleted or any(
                        _differs(form, name, form.initial.get(name)) for name in names
                    )
                if is_other:
                    words = row_in_words(formset, partial(typed_in_words, form))
                    typed = DELETED if is_deleted else words
                    yield Difference(noun_of(formset), stored.get(pk, NOTHING), typed)


def in_words(field: Field, value: Any) -> str:
    """Return a value of a field as staff read it."""
    shown = field.prepare_value(plain_value(value))
    each = [_said(one) for one in (shown if isinstance(shown, list | tuple) else [shown])]
    if (choices := getattr(field, "choices", None)) is not None:
        flat: Any = flatten_choices(choices)
        labels = {str(key): str(label) for key, label in flat}
        each = [labels.get(one, one) for one in each]
    return ("、" if choices is not None else " ").join(filter(None, each)) or NOTHING


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, datetime) and is_aware(value):
        value = localtime(value)
    if isinstance(value, date | time):
        return str(localize(value))
    return "" if value is None else str(value)


def plain_value(value: Any) -> Any:
    """Return a value to be compared with one that was typed: rows by key, no parts of a second."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | QuerySet):
        plain = tuple(map(plain_value, value))
        return tuple(sorted(plain)) if any(isinstance(one, Model) for one in value) else plain
    if isinstance(value, datetime | time):
        return value.replace(microsecond=0)
    return "" if value is None else value


def _differs(form: Any, name: str, stored: Any) -> bool:
    return name in form.errors or plain_value(form.cleaned_data.get(name)) != plain_value(stored)


def typed_in_words(form: Any, name: str) -> str:
    """Return what was typed, in words where it can be read."""
    value = form[name].data if name in form.errors else form.cleaned_data.get(name)
    return in_words(form.fields[name], value)


def columns_of(formset: Any) -> list[str]:
    """Return the columns that can be typed into the rows within a form."""
    columns = {field.name for field in formset.model._meta.fields}
    return [name for name in formset.form.base_fields if name in columns]


def values_of(formset: Any, row: Any) -> dict[str, Any]:
    return {name: row._meta.get_field(name).value_from_object(row) for name in columns_of(formset)}


def _is_deleted(formset: Any, form: Any) -> bool:
    form.is_valid()
    return bool(formset._should_delete_form(form))


def noun_of(formset: Any) -> str:
    return str(formset.model._meta.verbose_name)


def row_in_words(formset: Any, said: Callable[[str], str]) -> str:
    fields = formset.form.base_fields
    return "、".join(f"{fields[name].label}：{said(name)}" for name in columns_of(formset))


def _stored_in_words(fields: Mapping[str, Field], values: Mapping[str, Any], name: str) -> str:
    return in_words(fields[name], values[name])


def lined_up_rows(formset: Any, sent: QueryDict) -> tuple[dict[Any, str], list[Any], list[Any]]:
    """Bring what was sent of the rows in line with those that are stored, in `sent`.

    A row that is no more becomes a new one, unless it was to be deleted; one that was added becomes
    the stored one that says the same: the same button was pressed twice. Returns the stored rows in
    words, the keys of those that were sent, in order, and of those that were not.
    """
    rows = {row.pk: values_of(formset, row) for row in formset.get_queryset()}
    fields, key = formset.form.base_fields, formset.model._meta.pk.name
    in_order: list[tuple[Any, Any]] = []
    new: list[Any] = []
    for form in formset.initial_forms:
        if form.instance.pk in rows:
            in_order.append((form.instance.pk, form))
        elif not _is_deleted(formset, form):
            new.append(form)
    added = [pk for pk in rows if pk not in dict(in_order)]
    for form in formset.extra_forms:
        same = (pk for pk in added if not any(_differs(form, *each) for each in rows[pk].items()))
        if form.has_changed() and (pk := next(same, None)) is not None:
            in_order.append((pk, form))
            added.remove(pk)
        else:
            new.append(form)
    lists = dict(sent.lists())
    for form in formset.forms:
        for name in [name for name in lists if name.startswith(f"{form.prefix}-")]:
            del sent[name]
    for index, (pk, form) in enumerate([*in_order, *((None, form) for form in new)]):
        prefix = formset.add_prefix(index)
        for name, values in lists.items():
            if name.startswith(f"{form.prefix}-"):
                sent.setlist(prefix + name.removeprefix(form.prefix), values)
        sent[f"{prefix}-{key}"] = "" if pk is None else str(pk)
    sent[f"{formset.prefix}-INITIAL_FORMS"] = str(len(in_order))
    sent[f"{formset.prefix}-TOTAL_FORMS"] = str(len(in_order) + len(new))
    said = {
        pk: row_in_words(formset, partial(_stored_in_words, fields, row))
        for pk, row in rows.items()
    }
    return said, [pk for pk, _ in in_order], added
