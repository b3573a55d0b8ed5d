"""Which work staff mean: by control number, by ISBN, or by the address of its page."""

import re

from django import forms

from catalog.models import Record
from catalog.search.folding import isbn13

_ADDRESS = re.compile(r"/catalog/(\d{1,18})/?(?:[?#].*)?$")
NONE = "この番号の資料がありません。書誌番号かISBN、または資料の画面のアドレスを入力してください。"
SEVERAL = "このISBNの資料はいくつもあります。書誌番号か、資料の画面のアドレスを入力してください。"


def named(typed: str) -> list[Record]:
    """Return the records that a text names: none, one, or two of several."""
    there = Record.objects.present().without_keys()
    if found := _ADDRESS.search(typed):
        return list(there.filter(pk=int(found[1])))
    if by_number := list(there.filter(control_number=typed)):
        return by_number
    number = isbn13(typed)
    return list(there.with_isbn(number)[:2]) if number else []


class WorkField(forms.CharField):
    """A record as staff type it; shown again by its control number."""

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, int):
            return value
        known = Record.objects.filter(pk=value).values_list("control_number", flat=True)
        return known.first() or ""

    def has_changed(self, initial: object, data: object) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: object) -> Record | None:
        typed = super().clean(value)
        if not typed:
            return None
        found = named(typed)
        if len(found) != 1:
            raise forms.ValidationError(SEVERAL if found else NONE)
        return found[0]
