"""The forms of 利用者情報変更, and of what a move of house made outdated."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from mylibrary.signin.forms import password_field
from patrons import residency
from patrons.models import ContactMethod, Patron
from patrons.residency import ResidencyReason
from registration.application.forms import AsksAboutEmail, RegistrationForm
from ui.forms import PlainForm

OUTDATED_FIELDS = ("last_name_kana", "first_name_kana", "postal_code")


class ContactForm(AsksAboutEmail, PlainForm):
    """利用者情報変更: how the library reaches a patron, with the registration form's rules.

    With `asks_password` there is a field for the own password, which a new address needs. `typed`
    is shown in place of what is on record, unchecked.
    """

    required_unmarked = False

    phone = RegistrationForm.base_fields["phone"]
    email = RegistrationForm.base_fields["email"]
    contact_method = RegistrationForm.base_fields["contact_method"]
    password = password_field(
        _("パスワード"),
        "current-password",
        "",
        required=False,
        help_text=_(
            "E-mailを変えるときだけ、ご本人であることを確かめるため、"
            "Myライブラリのパスワードを入力してください。"
        ),
    )

    def __init__(
        self,
        *args: Any,
        patron: Patron,
        asks_password: bool = False,
        typed: Mapping[str, str] = MappingProxyType({}),
        **kwargs: Any,
    ) -> None:
        initial = {name: getattr(patron, name) for name in ("phone", "email", "contact_method")}
        super().__init__(
            *args, initial=initial | dict(typed), answered={"email": patron.email}, **kwargs
        )
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


class OutdatedForm(RegistrationForm):
    """Of the registration form, what a new name or address made outdated, with the same rules.

    Outside the area any postal code of seven digits will do, and abroad there is none. `asked` are
    the fields, if not those that are outdated now.
    """

    def __init__(
        self, data: Any = None, *, patron: Patron, asked: Sequence[str] | None = None
    ) -> None:
        decision = residency.decide(patron.address)
        if asked is None:
            asked = [*OUTDATED_FIELDS[:2]] if patron.kana_outdated else []
            asked += [*OUTDATED_FIELDS[2:]] if patron.postal_code_outdated else []
        super().__init__(
            data,
            name=patron.name,
            residency=decision if decision.eligible else None,
            initial={name: getattr(patron, name) for name in asked},
        )
        self.fields = {name: self.fields[name] for name in asked}
        if "postal_code" in asked and decision.reason == ResidencyReason.ABROAD:
            self.fields["postal_code"].required = False
            self.fields["postal_code"].help_text = _(
                "日本に住所がない方は、空のままにしてください。"
            )

    def confirmed(self) -> dict[str, Any]:
        """Return the accepted fields as `confirm_outdated` takes them."""
        typed = self.cleaned_data
        confirmed: dict[str, Any] = {}
        if "last_name_kana" in typed:
            confirmed["kana"] = (typed["last_name_kana"], typed["first_name_kana"])
        if "postal_code" in typed:
            confirmed["postal_code"] = typed["postal_code"]
        return confirmed
