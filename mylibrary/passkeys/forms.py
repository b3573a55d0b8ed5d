"""The form in which a passkey gets its name."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import MAXIMUM_PASSKEY_NAME
from patrons.normalize import has_forbidden_characters
from ui.forms import PlainForm, VisibleField

FORBIDDEN_IN_NAME = "使えない文字が入っています。別の名前にしてください"


class PasskeyNameForm(PlainForm):
    """What a patron calls a passkey."""

    name = VisibleField(
        label="パスキーの名前",
        help_text="どの端末のパスキーか、あとで見分けるための名前です。"
        f"{MAXIMUM_PASSKEY_NAME}文字まで。",
        max_length=MAXIMUM_PASSKEY_NAME,
        widget=forms.TextInput({"autocomplete": "off", "class": "ctl--m"}),
        error_messages={
            "required": "パスキーの名前を入力してください",
            "max_length": f"パスキーの名前は、{MAXIMUM_PASSKEY_NAME}文字までにしてください",
            "null_characters_not_allowed": FORBIDDEN_IN_NAME,
        },
    )

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if has_forbidden_characters(name):
            raise ValidationError(FORBIDDEN_IN_NAME)
        return name
