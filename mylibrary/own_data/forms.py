"""What staff send when they decide on a request for erasure."""

from typing import Any

from django import forms

from mylibrary.own_data.enums import DeclineReason
from staff.decision_pages import note_field

ERASE = "erase"
CHOICES = ((ERASE, "消去する"), *DeclineReason.choices)


class ErasureDecisionForm(forms.Form):
    """To erase, or the reason why not, with a note; on the last page also that it was checked."""

    choice = forms.ChoiceField(
        choices=CHOICES,
        widget=forms.HiddenInput,
        error_messages={
            "required": "決定を選んでください。",
            "invalid_choice": "決定を選んでください。",
        },
    )
    note = note_field("確認したこと")
    checked = forms.BooleanField(
        label="返却されていない資料と予約がないことを、貸出システムで確かめた", required=False
    )

    def __init__(self, data: Any = None, *, final: bool = False, note: str = "") -> None:
        super().__init__(data, initial={"note": note})
        self.final = final

    @property
    def erases(self) -> bool:
        """Whether the data are to be erased."""
        return self.cleaned_data.get("choice") == ERASE

    @property
    def reason(self) -> DeclineReason:
        """Why the data are not to be erased."""
        return DeclineReason(self.cleaned_data["choice"])

    def clean(self) -> dict[str, Any]:
        """Demand what has to be looked up before something that cannot be undone."""
        if self.final and self.erases and not self.cleaned_data.get("checked"):
            self.add_error(
                "checked", "貸出システムで確かめてから、印を付けてください。消去は取り消せません。"
            )
        return self.cleaned_data
