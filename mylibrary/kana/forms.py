"""The form 名前カタカナの変更."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from patrons.models import Patron
from registration.application.forms import RegistrationForm


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
