"""The form リクエスト."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Record
from catalog.search.criteria import read_year
from catalog.search.folding import isbn13
from characters.text import StrOrPromise, one_line
from mylibrary.requests.models import LONGEST_NAME, LONGEST_REMARK, LONGEST_TITLE
from mylibrary.requests.owned import near, of_isbn
from mylibrary.requests.services import Wish
from patrons.normalize import has_forbidden_characters
from ui.forms import AskingForm, PlainForm, Question, VisibleField

FORBIDDEN = _("使えない文字が入っています。その文字を消してください")
YEAR = _("出版年は、2013 または 昭和25 のように入力してください")
ISBN = _("ISBNは、10桁か13桁の数字です。わからないときは、空のままにしてください")
OWNED = _("この資料は所蔵しています")
# Longer than any year or number with its signs; what is longer is wrong.
LONGEST_NUMBER = 40


class TypedField(VisibleField):
    """A text in one line, or several, without what cannot be kept."""

    def __init__(self, *, longest: int, lines: bool = False, **kwargs: Any) -> None:
        widget = forms.Textarea({"rows": 3}) if lines else forms.TextInput({"autocomplete": "off"})
        super().__init__(max_length=longest, widget=widget, **kwargs)
        self.lines = lines
        said = _("{count}文字までにしてください")
        self.error_messages |= {
            "max_length": format_lazy(said, count=longest),
            "null_characters_not_allowed": FORBIDDEN,
        }

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        flat = one_line(text)
        if has_forbidden_characters(flat):
            raise ValidationError(FORBIDDEN)
        return text if self.lines else flat


def _field(label: StrOrPromise, longest: int, hint: StrOrPromise = "") -> TypedField:
    return TypedField(label=label, longest=longest, help_text=hint, required=False)


class SuggestionForm(AskingForm, PlainForm):
    """What a patron knows of a title; compared with the catalogue before it is stored.

    `owned` are records of the same ISBN, `near` those about which it asks.
    """

    required_unmarked = False

    title = TypedField(
        label=_("書名"),
        longest=LONGEST_TITLE,
        help_text=_("巻や版があれば、続けて入力してください。"),
        error_messages={"required": _("書名を入力してください")},
    )
    author = _field(_("著者名"), LONGEST_NAME)
    publisher = _field(_("出版者"), LONGEST_NAME)
    year = _field(_("出版年"), LONGEST_NUMBER, _("2013 または 昭和25 のように入力してください。"))
    isbn = _field(
        "ISBN",
        LONGEST_NUMBER,
        _("本の裏表紙などにある、10桁か13桁の数字です。わからなければ空のままで結構です。"),
    )
    remark = TypedField(
        label=_("補足"),
        longest=LONGEST_REMARK,
        lines=True,
        required=False,
        help_text=_(
            "図書館の職員が読みます。お名前や連絡先は書かないでください。"
            "どの資料かを確かめるのに役立つことがあれば、書いてください。"
        ),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for name in ("year", "isbn"):
            self.fields[name].widget.attrs["class"] = "ctl--m"
        self.fields["isbn"].widget.attrs["inputmode"] = "numeric"
        self.owned: list[Record] = []
        self.near: list[Record] = []

    def clean_year(self) -> int | None:
        typed = self.cleaned_data["year"]
        if typed and read_year(typed) is None:
            raise ValidationError(YEAR)
        return read_year(typed)

    def clean_isbn(self) -> str:
        typed = self.cleaned_data["isbn"]
        number = isbn13(typed)
        if typed and not number:
            raise ValidationError(ISBN)
        self.owned = of_isbn(number)
        if self.owned:
            raise ValidationError(OWNED)
        return number

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            typed = self.cleaned_data
            self.near = near(typed["title"], typed["author"])
            if self.near:
                about = f"{typed['title']}\u3000{typed['author']}"
                self.ask("title", Question(gettext("この中にありますか"), "", about))
        return self.cleaned_data

    @property
    def wish(self) -> Wish:
        """The accepted fields."""
        return Wish(**self.cleaned_data)
