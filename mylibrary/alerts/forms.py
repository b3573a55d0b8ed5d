"""Forms of SDI: what to wait for (asked by GET, as a search), and what an alert is called."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.search.criteria import MAXIMUM_TYPED
from catalog.search.panel import class_names
from mylibrary.alerts.models import LONGEST_NAME
from patrons.normalize import has_forbidden_characters
from ui.forms import PlainForm, VisibleField

FORBIDDEN_IN_NAME = _("使えない文字が入っています。別の名前にしてください")


class ConditionsForm(PlainForm):
    """Four rows of the detailed search and a class; its names are the address's.

    Nothing is refused: `catalog.search.criteria.read` reads what is sent.
    """

    def __init__(self, filled: dict[str, str]) -> None:
        super().__init__(initial=filled)
        for row, (label, hint) in enumerate(
            (
                (_("キーワード"), _("書名、著者名、件名、内容のどこかにあることば。")),
                (_("著者名"), _("例：夏目漱石")),
                (_("シリーズ・件名"), _("例：岩波文庫、郷土料理")),
                (_("分類番号（NDC）"), _("例：913 は日本の小説、E は絵本。")),
            ),
            start=1,
        ):
            self.fields[f"word{row}"] = forms.CharField(
                label=label,
                help_text=hint,
                required=False,
                widget=forms.TextInput({"autocomplete": "off", "maxlength": MAXIMUM_TYPED}),
            )
        self.fields["class"] = forms.ChoiceField(
            label=_("分類"),
            choices=[("", _("指定しない")), *class_names().items()],
            required=False,
            widget=forms.Select({"class": "ctl--m"}),
        )


class AlertNameForm(PlainForm):
    """What a patron calls an alert."""

    name = VisibleField(
        label=_("お知らせの名前"),
        help_text=format_lazy(
            _("あとで見分けるための名前です。{count}文字まで。"), count=LONGEST_NAME
        ),
        max_length=LONGEST_NAME,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={
            "required": _("お知らせの名前を入力してください"),
            "max_length": format_lazy(
                _("お知らせの名前は、{count}文字までにしてください"), count=LONGEST_NAME
            ),
            "null_characters_not_allowed": FORBIDDEN_IN_NAME,
        },
    )

    def clean_name(self) -> Any:
        name = self.cleaned_data["name"]
        if has_forbidden_characters(name):
            raise ValidationError(FORBIDDEN_IN_NAME)
        return name
