"""What staff choose on a page of decisions, and the note that some choices demand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from characters.text import StrOrPromise
from ui.forms import VisibleField

NOTE_LENGTH = 1000
REASON = "決定の理由"
NOTHING_PERSONAL = "記録として残るので、名前や電話番号などの個人情報は書かないでください。"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One button of a decision, and what `value` stands for.

    `needs_note` is of whoever refuses something, takes something away or puts it off: who asked,
    and whoever decides next, may ask why. What is granted says itself why. `consent` is what has to
    be ticked before it is agreed to, `without_consent` what is said where it is not.
    """

    value: str
    label: str
    needs_note: bool = False
    consent: str = ""
    without_consent: str = ""


def note_field(of: StrOrPromise, *, required: bool = True) -> VisibleField:
    """Return the field for a note `of` something."""
    return VisibleField(
        label="メモ",
        help_text=f"{of}。{NOTHING_PERSONAL}",
        required=required,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 3, "cols": 80}),
        error_messages={
            "required": f"メモに、{of}を書いてください。",
            "max_length": f"メモは{NOTE_LENGTH}文字までです。",
        },
    )


class DecisionForm(forms.Form):
    """One of `choices` with a note; `final` is one that is agreed to, with what it asks consent to.

    `mark` is of what the page showed (`ui.stale_page`), "" where nothing can have become stale.
    `further` are the fields that a subclass has besides, above the note; `typed` is shown in them
    and in the note, unchecked.
    """

    further: ClassVar[tuple[str, ...]] = ()

    choice = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": "決定を選んでください。"}
    )
    mark = forms.CharField(widget=forms.HiddenInput, required=False)
    note = note_field(REASON, required=False)
    agreed = forms.BooleanField(required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        choices: Iterable[Choice],
        final: bool = False,
        mark: str = "",
        typed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(data, initial={"mark": mark, **typed})
        self.choices = {choice.value: choice for choice in choices}
        self.final = final
        self.chosen: Choice | None = None
        if needing := "、".join(self._that_need_a_note()):
            field = self.fields["note"]
            every = all(choice.needs_note for choice in self.choices.values())
            when = "" if every else f"{needing}のときは、"
            field.help_text = f"{REASON}。{when}かならず書いてください。{NOTHING_PERSONAL}"

    @property
    def further_fields(self) -> Iterator[BoundField]:
        """The fields besides the note, as they are shown."""
        return (self[name] for name in self.further)

    @property
    def further_values(self) -> Iterator[tuple[StrOrPromise, Any]]:
        """What was typed into them and accepted, each with its label."""
        return ((self[name].label, self.cleaned_data[name]) for name in self.further)

    def _that_need_a_note(self) -> Iterable[str]:
        """Return the choices as the hint names them: several of one kind by what they share."""
        kinds: dict[str, list[Choice]] = {}
        for each in self.choices.values():
            kinds.setdefault(each.label.partition("（")[0], []).append(each)
        for kind, choices in kinds.items():
            needing = [each.label for each in choices if each.needs_note]
            names = [kind] if len(needing) == len(choices) else needing
            yield from (f"「{name}」" for name in names)

    def clean_choice(self) -> str:
        value: str = self.cleaned_data["choice"]
        self.chosen = self.choices.get(value)
        if self.chosen is None:
            raise ValidationError("この決定はできません。")
        return value

    def clean(self) -> dict[str, Any]:
        """Demand the note and the consent that the choice needs."""
        if self.chosen is None:
            return self.cleaned_data
        if self.chosen.needs_note and self.cleaned_data.get("note") == "":
            why = f"「{self.chosen.label}」のときは、メモに決定の理由を書いてください。"
            self.add_error("note", why)
        if self.final and self.chosen.consent and not self.cleaned_data.get("agreed"):
            self.add_error("agreed", self.chosen.without_consent)
        return self.cleaned_data
