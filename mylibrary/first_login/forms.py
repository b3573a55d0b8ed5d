"""The form of はじめての端末."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from patrons.first_login.models import fold, kinds_of_length
from ui.forms import PlainForm, VisibleField

MISSING = _("6ケタの数字を入力してください")
OTHER_LENGTH = _("6ケタの数字を入力してください（用紙の数字は10ケタです）")


class CodeForm(PlainForm):
    """The digits, whichever way they came; their length says which."""

    code = VisibleField(
        label=_("6ケタの数字"),
        help_text=_(
            "登録の結果の画面の6ケタの数字、窓口の「初回ログイン用紙」の10ケタの数字も使えます。"
        ),
        max_length=100,
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": "ctl--code",
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": MISSING,
            "max_length": OTHER_LENGTH,
            "null_characters_not_allowed": OTHER_LENGTH,
        },
    )

    def clean_code(self) -> str:
        code = fold(self.cleaned_data["code"])
        if not kinds_of_length(code):
            raise ValidationError(OTHER_LENGTH)
        return code
