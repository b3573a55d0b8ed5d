"""The form 名前カタカナの変更, and the staff's word on it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from patrons.models import Patron
from registration.application.forms import RegistrationForm
from staff.decision_pages import note_field


class KanaForm(RegistrationForm):
    """Of the registration form, the kana of the name, with the same rules."""

    def __init__(self, data: Any = None, *, patron: Patron) -> None:
        names = ("last_name_kana", "first_name_kana")
        super().__init__(
            data, name=patron.name, initial={name: getattr(patron, name) for name in names}
        )
        self.fields = {name: self.fields[name] for name in names}
        self.patron = patron

    @property
    def kana(self) -> tuple[str, str]:
        """The accepted family and given name."""
        return (self.cleaned_data["last_name_kana"], self.cleaned_data["first_name_kana"])

    def clean(self) -> dict[str, Any]:
        stored = (self.patron.last_name_kana, self.patron.first_name_kana)
        if not self.errors and self.kana == stored:
            raise ValidationError(_("今と同じカタカナです。新しいカタカナを入力してください"))
        return self.cleaned_data


class KanaDecisionForm(forms.Form):
    """Whether staff approve, and why."""

    APPROVE, DECLINE = "approve", "decline"

    decision = forms.ChoiceField(
        choices=((APPROVE, _("承認する")), (DECLINE, _("見送る"))),
        widget=forms.HiddenInput,
        error_messages={
            "required": _("決定を選んでください。"),
            "invalid_choice": _("この決定はできません。"),
        },
    )
    note = note_field(_("決定の理由"), _("利用者には見えません。"))
