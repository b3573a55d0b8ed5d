"""The form that asks for a new password by mail."""

from django import forms

from registration.application.forms import RegistrationForm
from ui.forms import PlainForm, VisibleField


class ResetForm(PlainForm):
    """パスワードを忘れた方, E-mailで: the number and the address that was confirmed for it."""

    number = VisibleField(
        label="貸出券の番号",
        help_text="登録時の「利用者番号」です。",
        widget=forms.TextInput(
            {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "貸出券の番号を入力してください"},
    )
    email = RegistrationForm.base_fields["email"]
