"""Forms of a hold: where it is fetched, and until when others go first."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from ui.forms import PlainForm

NO_SUCH_BRANCH = _("受け取る館を、一覧から選んでください")
NO_SUCH_DAY = _("休止の最後の日を、2027/4/1のように入力してください")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")  # not shown


def _branches() -> Iterator[tuple[str, str]]:
    for branch in Branch.objects.listed():
        yield branch.code, branch.shown_name


class BranchField(forms.ChoiceField):
    """One of the branches that the public pages show, under the names of the language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("受取館"),
            choices=_branches,
            widget=forms.Select({"class": "ctl--m"}),
            error_messages={"required": NO_SUCH_BRANCH, "invalid_choice": NO_SUCH_BRANCH},
            **options,
        )

    def clean(self, value: Any) -> Any:
        return Branch.objects.get(code=super().clean(value))


class DayField(forms.CharField):
    """A day as a browser's calendar gives it, or as it is typed in figures of any width."""

    def clean(self, value: Any) -> Any:
        typed = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "")
        found = _DAY.fullmatch(typed)
        try:
            if found:
                return date(*map(int, found.groups()))
        except ValueError:
            pass
        raise ValidationError(NO_SUCH_DAY)


class PickupForm(PlainForm):
    """受取館 of a hold."""

    def __init__(self, data: Any = None, *, pickup: Branch | None = None) -> None:
        super().__init__(data)
        self.fields["pickup"] = BranchField(initial=pickup.code if pickup else "")


class SuspendForm(PlainForm):
    """The last day of a suspension."""

    until = DayField(
        label=_("休止の最後の日"),
        help_text=_("この日までは、次の方が先になります。順番は変わりません。"),
        widget=forms.DateInput({"type": "date", "class": "ctl--m"}),
        error_messages={"required": NO_SUCH_DAY},
    )
