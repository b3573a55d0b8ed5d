"""The form in which a passkey gets its name."""

from collections.abc import Collection
from itertools import count

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import MAXIMUM_PASSKEY_NAME
from patrons.normalize import has_forbidden_characters
from ui.browsers import device_of
from ui.forms import PlainForm, VisibleField

FORBIDDEN_IN_NAME = _("使えない文字が入っています。別の名前にしてください")


def suggested_name(user_agent: str, taken: Collection[str]) -> str:
    """Return the kind of device a browser says it runs on, numbered where that name is taken."""
    kind = str(device_of(user_agent).own_name)
    if kind not in taken:
        return kind
    return next(name for number in count(2) if (name := f"{kind} {number}") not in taken)


class PasskeyNameForm(PlainForm):
    """What a patron calls a passkey."""

    name = VisibleField(
        label=_("パスキーの名前"),
        help_text=format_lazy(
            _("どの端末のパスキーか、あとで見分けるための名前です。{count}文字まで。"),
            count=MAXIMUM_PASSKEY_NAME,
        ),
        max_length=MAXIMUM_PASSKEY_NAME,
        widget=forms.TextInput({"autocomplete": "off", "class": "ctl--m"}),
        error_messages={
            "required": _("パスキーの名前を入力してください"),
            "max_length": format_lazy(
                _("パスキーの名前は、{count}文字までにしてください"), count=MAXIMUM_PASSKEY_NAME
            ),
            "null_characters_not_allowed": FORBIDDEN_IN_NAME,
        },
    )

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if has_forbidden_characters(name):
            raise ValidationError(FORBIDDEN_IN_NAME)
        return name
