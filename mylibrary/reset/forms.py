"""The form that asks for a new password by mail."""

from mylibrary.signin.forms import number_field
from registration.application.forms import RegistrationForm
from ui.forms import PlainForm


class ResetForm(PlainForm):
    """パスワードを忘れた方, E-mailで: the number and the address that was confirmed for it."""

    number = number_field("username")
    email = RegistrationForm.base_fields["email"]
