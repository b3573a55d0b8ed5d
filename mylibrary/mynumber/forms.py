"""The form by which a card is linked."""

from typing import Any

from django import forms

from patrons.normalize import normalize_phone
from registration.application.forms import RegistrationForm
from ui.forms import NormalizedField, PlainForm


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
