"""Forms of 認証 and パスワード変更, and the password that is asked for once more."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.validators import MAXIMUM_PASSWORD_LENGTH
from characters.text import StrOrPromise
from mylibrary.signin.password_rules import is_birth_date, is_number
from patrons.models import Patron
from ui.forms import PlainForm, VisibleField

MISTYPED = _("パスワードが違います。もう一度入力してください")
NOTHING_TYPED = _("パスワードを入力してください")
PASSWORD_PROBLEMS = {
    "password_too_short": _("8文字以上のパスワードを入力してください"),
    "password_too_common": _("よく使われるパスワードなので、別のパスワードにしてください"),
    "password_too_long": format_lazy(
        _("パスワードは、{count}文字までにしてください"), count=MAXIMUM_PASSWORD_LENGTH
    ),
}


def password_field(
    label: StrOrPromise, purpose: str, missing: StrOrPromise, **kwargs: Any
) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": purpose, "class": "ctl--m"}),
        error_messages={"required": missing},
        **kwargs,
    )


def number_field(purpose: str) -> VisibleField:
    return VisibleField(
        label=_("貸出券の番号"),
        help_text=_("登録時の「利用者番号」です。"),
        widget=forms.TextInput(
            {"autocomplete": purpose, "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("貸出券の番号を入力してください")},
    )


class LoginForm(PlainForm):
    """認証 (manual, step 10)."""

    # Browsers that know passkeys offer them at this field (see static/js/passkeys.js).
    username = number_field("username webauthn")
    password = password_field(
        _("パスワード"),
        "current-password",
        NOTHING_TYPED,
        help_text=_("はじめてのパスワード：西暦の生年月日8ケタ（昭和25年は1950年）。"),
    )


class NewPasswordForm(PlainForm):
    """A patron's own password, the first one."""

    new_password = password_field(
        _("新しいパスワード"), "new-password", _("新しいパスワードを入力してください")
    )
    new_password_again = password_field(
        _("新しいパスワード（確認）"),
        "new-password",
        _("新しいパスワードを、もう一度入力してください"),
        help_text=_("確認のため、もう一度入力してください。"),
    )

    def __init__(self, *args: Any, patron: Patron, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patron = patron

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if is_birth_date(password, self.patron.birth_date):
            raise ValidationError(_("生年月日は使えません。別のパスワードにしてください"))
        if is_number(password, self.patron.number):
            raise ValidationError(_("利用者番号は使えません。別のパスワードにしてください"))
        try:
            validate_password(password)
        except ValidationError as error:
            first = error.error_list[0]
            said = PASSWORD_PROBLEMS.get(first.code or "", first.messages[0])
            raise ValidationError(said) from error
        return password

    def clean(self) -> dict[str, str]:
        first = self.cleaned_data.get("new_password")
        again = self.cleaned_data.get("new_password_again")
        if first is not None and again is not None and first != again:
            self.add_error(
                "new_password_again", _("上と同じパスワードを、もう一度入力してください")
            )
        return self.cleaned_data


class PasswordChangeForm(NewPasswordForm):
    """パスワード変更: the password so far is asked for as well."""

    password = password_field(
        _("今のパスワード"), "current-password", _("今のパスワードを入力してください")
    )
    field_order = ("password", "new_password", "new_password_again")


class OwnPasswordForm(PlainForm):
    """The patron's own password once more, before something that cannot be undone."""

    password = password_field(_("パスワード"), "current-password", NOTHING_TYPED)
