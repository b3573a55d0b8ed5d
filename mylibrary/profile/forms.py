"""The form of 利用者情報変更."""

from typing import Any

from mylibrary.signin.forms import password_field
from patrons.models import ContactMethod, Patron
from registration.application.forms import RegistrationForm
from ui.forms import PlainForm


class ContactForm(PlainForm):
    """利用者情報変更: how the library reaches a patron, with the registration form's rules.

    With `asks_password` there is a field for the own password, which a new address needs.
    """

    required_unmarked = False

    phone = RegistrationForm.base_fields["phone"]
    email = RegistrationForm.base_fields["email"]
    contact_method = RegistrationForm.base_fields["contact_method"]
    password = password_field(
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
        wanted: dict[Any, str] = {ContactMethod.EMAIL: "email", ContactMethod.PHONE: "phone"}
        name = wanted.get(self.cleaned_data.get("contact_method"))
        if name and self.cleaned_data.get(name) == "":
            self.add_error(name, self.fields[name].error_messages["required"])
        return self.cleaned_data
