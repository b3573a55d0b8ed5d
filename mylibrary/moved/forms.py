"""The form 郵便番号とカタカナを確かめてください."""

from collections.abc import Sequence
from typing import Any

from patrons import residency
from patrons.models import Patron
from patrons.residency import ResidencyReason
from registration.application.forms import RegistrationForm

OUTDATED_FIELDS = ("last_name_kana", "first_name_kana", "postal_code")


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
            self.fields["postal_code"].help_text = "日本に住所がない方は、空のままにしてください。"

    def confirmed(self) -> dict[str, Any]:
        """Return the accepted fields as `confirm_outdated` takes them."""
        typed = self.cleaned_data
        confirmed: dict[str, Any] = {}
        if "last_name_kana" in typed:
            confirmed["kana"] = (typed["last_name_kana"], typed["first_name_kana"])
        if "postal_code" in typed:
            confirmed["postal_code"] = typed["postal_code"]
        return confirmed
