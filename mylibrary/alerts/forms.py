"""Forms of SDI: what to wait for (asked by GET, as a search), and what an alert is called."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.search.criteria import MAXIMUM_TYPED
from catalog.search.panel import class_names
from mylibrary.alerts.models import LONGEST_NAME
from mylibrary.forms import NameField
from ui.forms import PlainForm


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

    name = NameField(
        label=_("お知らせの名前"),
        longest=LONGEST_NAME,
        help_text=_("あとで見分けるための名前です。{count}文字まで。"),
        missing=_("お知らせの名前を入力してください"),
        too_long=_("お知らせの名前は、{count}文字までにしてください"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
