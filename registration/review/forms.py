"""What staff send when they decide on a case."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from patrons.models import Patron
from registration.review.enums import Verdict
from registration.review.services import Case
from staff.decision_pages import note_field


class DecisionForm(forms.Form):
    """A verdict with a note, for one case; `choice` is a verdict, with a candidate's id if needed.

    On the second page `replace_card` agrees to revoke the link of a candidate's other card.
    """

    choice = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": "決定を選んでください。"}
    )
    mark = forms.CharField(widget=forms.HiddenInput)
    note = note_field("決定の理由")
    replace_card = forms.BooleanField(label="今までのカードの連携を解除する", required=False)

    def __init__(
        self, data: Any = None, *, case: Case, final: bool = False, note: str = ""
    ) -> None:
        super().__init__(data, initial={"mark": case.mark, "note": note})
        self.case = case
        self.final = final
        self.verdict: Verdict | None = None
        self.patron: Patron | None = None

    @property
    def replaces_card(self) -> bool:
        """Whether the decision needs another card's link revoked."""
        return self.patron is not None and self.case.has_other_card(self.patron)

    def clean_choice(self) -> str:
        """Read the verdict and the candidate it is about."""
        choice = self.cleaned_data["choice"]
        verdict, _, patron_id = choice.partition(":")
        if verdict not in self.case.verdicts:
            raise ValidationError("この決定はできません。")
        self.verdict = Verdict(verdict)
        if self.verdict == Verdict.SAME_PERSON:
            possible = {str(patron.pk): patron for patron in self.case.possible}
            self.patron = possible.get(patron_id)
            if self.patron is None:
                raise ValidationError("この利用者には決定できません。")
        return choice

    def clean(self) -> dict[str, Any]:
        """Demand the consent to what cannot be undone."""
        if self.final and self.replaces_card and not self.cleaned_data.get("replace_card"):
            self.add_error(
                "replace_card", "別のカードが連携されています。解除してよいか確かめてください。"
            )
        return self.cleaned_data
