"""Forms of My本棚."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from characters.text import one_line
from mylibrary.bookshelf import lists
from mylibrary.bookshelf.models import (
    MAXIMUM_NAME,
    MAXIMUM_NOTE,
    Shelf,
    ShelfEntry,
    default_label,
)
from ui.forms import PlainForm, VisibleField

# Of a list: the file with the form around it passes deploy/nginx/nginx.conf.
MOST_BYTES = 1_000_000
MOST_TYPED = 50_000
MOST_LINES = 3_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AS_WRITTEN = "as_written"
TOO_LONG = _("%(limit_value)d文字までにしてください（今は%(show_value)d文字です）")
NAME_MISSING = _("本棚の名前を入力してください")


class NoteField(VisibleField):
    """A note, in which a line's end is one character, as the browser and the limit count it."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n")


class ShelfForm(PlainForm):
    """The name of a shelf."""

    name = VisibleField(
        label=_("本棚の名前"),
        max_length=MAXIMUM_NAME,
        error_messages={"required": NAME_MISSING, "max_length": TOO_LONG},
        help_text=_("例：夏休みに読む、レシピ"),
        widget=forms.TextInput({"autocomplete": "off", "class": "ctl--m"}),
    )

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


class EntryForm(PlainForm):
    """The note of an entry, and where it stands."""

    note = NoteField(
        label=_("メモ"),
        required=False,
        max_length=MAXIMUM_NOTE,
        error_messages={"max_length": TOO_LONG},
        help_text=_("自分だけに見えます。図書館の職員にも見えません。"),
        widget=forms.Textarea({"rows": 4}),
    )
    shelf = forms.TypedChoiceField(
        label=_("本棚"),
        coerce=int,
        help_text=_("ほかの本棚へ移すと、その本棚のいちばん後ろになります。"),
        error_messages={
            "required": _("本棚を選んでください"),
            "invalid_choice": _("この本棚はもうありません。ほかの本棚を選んでください"),
        },
        widget=forms.Select({"class": "ctl--m"}),
    )
    position = forms.IntegerField(
        label=_("順番"),
        min_value=1,
        max_value=9999,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "class": "ctl--m"}),
    )

    def __init__(
        self, data: Any = None, *, entry: ShelfEntry, shelves: Sequence[Shelf], count: int
    ) -> None:
        where = {"shelf": entry.shelf_id, "position": entry.position, "note": entry.note}
        super().__init__(data, initial=where)
        chosen = cast(forms.ChoiceField, self.fields["shelf"])
        chosen.choices = [(shelf.pk, shelf.label) for shelf in shelves]
        position = self.fields["position"]
        position.help_text = _("1から%(count)sまで。") % {"count": count}
        said = _("順番は、1から%(count)sまでの数字で入力してください") % {"count": count}
        for code in ("required", "invalid", "min_value", "max_value"):
            position.error_messages[code] = said
        if len(shelves) == 1:
            chosen.widget = forms.HiddenInput()


class BackForm(forms.Form):
    """元に戻す: what was taken from a shelf."""

    record = forms.IntegerField(min_value=1, max_value=2**62)
    position = forms.IntegerField(min_value=1, max_value=9999)
    note = NoteField(max_length=MAXIMUM_NOTE, required=False)
    # Within a day of year 1 a time may be one that Python cannot read back.
    added_at = forms.DateTimeField(validators=[MinValueValidator(EARLIEST)])


class ImportForm(PlainForm):
    """A list, typed or as a file, and the shelf it is put on; `table` is what was understood."""

    text = forms.CharField(
        label=_("ISBNの一覧かCSV"),
        required=False,
        max_length=MOST_TYPED,
        error_messages={"max_length": TOO_LONG},
        help_text=_("ISBNを1行に1つずつ。CSVは、1行目に「ISBN」などの項目名を書きます。"),
        widget=forms.Textarea({"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("またはファイル"),
        required=False,
        allow_empty_file=True,
        help_text=_(
            "テキストかCSV。UTF-8、シフトJISなどの文字コードを読めます。1MB、3,000行まで。"
        ),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )
    shelf = forms.ChoiceField(
        label=_("入れる本棚"),
        error_messages={"invalid_choice": _("この本棚はもうありません。選び直してください")},
        required=False,
        widget=forms.Select({"class": "ctl--m"}),
    )

    def __init__(self, *args: Any, shelves: Sequence[Shelf], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = lists.Table("", [])
        there = [(str(shelf.pk), shelf.label) for shelf in shelves] or [("", default_label())]
        chosen = cast(forms.ChoiceField, self.fields["shelf"])
        chosen.choices = [*there, (AS_WRITTEN, _("CSVの「本棚」の欄のとおり"))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text", "")
        if self.errors:
            return cleaned
        if file and text.strip():
            self.add_error("file", _("入力欄かファイルの、どちらか一つにしてください"))
        elif file:
            self._read_file(file)
        elif text.strip():
            self._read(text, "text")
        else:
            self.add_error("text", _("ISBNを入力するか、ファイルを選んでください"))
        return cleaned

    def _read_file(self, file: Any) -> None:
        if file.size > MOST_BYTES:
            self.add_error("file", _("ファイルが大きすぎます。1MBまでに分けてください"))
            return
        text = lists.decoded(file.read())
        if text is None:
            self.add_error(
                "file",
                _("ファイルを読めません。テキストかCSVで、UTF-8かシフトJISで保存してください"),
            )
        else:
            self._read(text, "file")

    def _read(self, text: str, field: str) -> None:
        self.table = lists.read(text)
        if len(self.table.rows) > MOST_LINES:
            self.add_error(field, _("行が多すぎます。3,000行までに分けてください"))
        elif not self.table.rows:
            self.add_error(field, _("ISBNの行がありません"))
