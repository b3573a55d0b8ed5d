"""The form in which a passkey gets its name."""

from collections.abc import Collection
from itertools import count

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import MAXIMUM_PASSKEY_NAME
from mylibrary.forms import NameField
from ui.browsers import device_of
from ui.forms import PlainForm


def suggested_name(user_agent: str, taken: Collection[str]) -> str:
    """Return the kind of device a browser says it runs on, numbered where that name is taken."""
    kind = str(device_of(user_agent).own_name)
    if kind not in taken:
        return kind
    return next(name for number in count(2) if (name := f"{kind} {number}") not in taken)


class PasskeyNameForm(PlainForm):
    """What a patron calls a passkey."""

    name = NameField(
        label=_("パスキーの名前"),
        longest=MAXIMUM_PASSKEY_NAME,
        help_text=_("どの端末のパスキーか、あとで見分けるための名前です。{count}文字まで。"),
        missing=_("パスキーの名前を入力してください"),
        too_long=_("パスキーの名前は、{count}文字までにしてください"),
        widget=forms.TextInput({"autocomplete": "off", "class": "ctl--m"}),
    )
