"""Forms of My Library: 認証, パスワード変更, 利用者情報変更, パスキー."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import MAXIMUM_PASSKEY_NAME
from accounts.validators import MAXIMUM_PASSWORD_LENGTH
from mylibrary.password_rules import is_birth_date, is_number
from patrons.enums import ContactMethod
from patrons.models import Patron
from patrons.normalize import has_forbidden_characters, normalize_phone
from registration.fields import NormalizedField, VisibleField
from registration.forms import RegistrationForm

MISTYPED = "パスワードが違います。もう一度入力してください"
PASSWORD_PROBLEMS = {
    "password_too_short": "8文字以上のパスワードを入力してください",
    "password_too_common": "よく使われるパスワードなので、別のパスワードにしてください",
    "password_too_long": f"パスワードは、{MAXIMUM_PASSWORD_LENGTH}文字までにしてください",
}
FORBIDDEN_IN_NAME = "使えない文字が入っています。別の名前にしてください"


def _password_field(label: str, purpose: str, missing: str, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": purpose, "class": "ctl--m"}),
        error_messages={"required": missing},
        **kwargs,
    )


class PlainForm(forms.Form):
    """A form the server alone checks; where all is asked for, nothing is marked 【必須】."""

    use_required_attribute = False
    required_unmarked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class LoginForm(PlainForm):
    """認証 (manual, step 10)."""

    username = VisibleField(
        label="貸出券の番号",
        help_text="登録時の「利用者番号」です。",
        # Browsers that know passkeys offer them at this field (see static/js/passkeys.js).
        widget=forms.TextInput(
            {"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "貸出券の番号を入力してください"},
    )
    password = _password_field(
        "パスワード",
        "current-password",
        "パスワードを入力してください",
        help_text="はじめてのパスワード：西暦の生年月日8ケタ（昭和25年は1950年）。",
    )


class NewPasswordForm(PlainForm):
    """A patron's own password, the first one."""

    new_password = _password_field(
        "新しいパスワード", "new-password", "新しいパスワードを入力してください"
    )
    new_password_again = _password_field(
        "新しいパスワード（確認）",
        "new-password",
        "新しいパスワードを、もう一度入力してください",
        help_text="確認のため、もう一度入力してください。",
    )

    def __init__(self, *args: Any, patron: Patron, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patron = patron

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        problems = list(self._problems(password))
        if problems:
            raise ValidationError(problems[0])
        return password

    def clean(self) -> dict[str, str]:
        first = self.cleaned_data.get("new_password")
        again = self.cleaned_data.get("new_password_again")
        if first is not None and again is not None and first != again:
            self.add_error("new_password_again", "上と同じパスワードを、もう一度入力してください")
        return self.cleaned_data

    def _problems(self, password: str) -> Iterator[str]:
        if is_birth_date(password, self.patron.birth_date):
            yield "生年月日は使えません。別のパスワードにしてください"
        if is_number(password, self.patron.number):
            yield "利用者番号は使えません。別のパスワードにしてください"
        try:
            validate_password(password)
        except ValidationError as error:
            yield from (
                PASSWORD_PROBLEMS.get(problem.code, problem.messages[0])
                for problem in error.error_list
            )


class PasswordChangeForm(NewPasswordForm):
    """パスワード変更: the password so far is asked for as well."""

    password = _password_field(
        "今のパスワード", "current-password", "今のパスワードを入力してください"
    )
    field_order = ("password", "new_password", "new_password_again")


class OwnPasswordForm(PlainForm):
    """The patron's own password once more, before something that cannot be undone."""

    password = _password_field("パスワード", "current-password", "パスワードを入力してください")


class ContactForm(PlainForm):
    """利用者情報変更: how the library reaches a patron, with the registration form's rules.

    With `asks_password` there is a field for the own password, which a new address needs.
    """

    required_unmarked = False

    phone = RegistrationForm.base_fields["phone"]
    email = RegistrationForm.base_fields["email"]
    contact_method = RegistrationForm.base_fields["contact_method"]
    password = _password_field(
        "パスワード",
        "current-password",
        "",
        required=False,
        help_text="E-mailを変えるときだけ、ご本人であることを確かめるため、"
        "Myライブラリのパスワードを入力してください。",
    )

    def __init__(
        self, *args: Any, patron: Patron, asks_password: bool = False, **kwargs: Any
    ) -> None:
        initial = {name: getattr(patron, name) for name in ("phone", "email", "contact_method")}
        super().__init__(*args, initial=initial, **kwargs)
        # Patrons of the counter may have neither; the other fields can be changed all the same.
        for name in ("phone", "email"):
            self.fields[name].required = bool(initial[name])
        if not asks_password:
            del self.fields["password"]

    def clean(self) -> dict[str, str]:
        wanted = {ContactMethod.EMAIL: "email", ContactMethod.PHONE: "phone"}
        name = wanted.get(self.cleaned_data.get("contact_method"))
        if name and self.cleaned_data.get(name) == "":
            self.add_error(name, self.fields[name].error_messages["required"])
        return self.cleaned_data


class OfferForm(PlainForm):
    """連携する: the phone number that the library has, where the card's address is another one."""

    phone = NormalizedField(
        label="登録した電話番号（半角）",
        help_text="貸出券を作ったときなどに、図書館に届けた電話番号です。",
        normalize=normalize_phone,
        messages=RegistrationForm.base_fields["phone"].error_messages,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(self, *args: Any, phone_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not phone_needed:
            del self.fields["phone"]


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
