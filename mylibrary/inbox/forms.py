"""Forms of 通知メッセージ一覧."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notices.enums import OPTIONAL, NoticeKind
from notices.services import wanted_mails
from patrons.models import Patron
from ui.forms import PlainForm

WANTED, DECLINED = "yes", "no"
CHOOSE = _("メールで受け取るかどうかを選んでください")


class MailSettingsForm(PlainForm):
    """お知らせメールの設定: one choice for each kind of mail that may be declined.

    A kind that the submitted page did not have yet stays as it is.
    """

    def __init__(self, data: Any = None, *, patron: Patron) -> None:
        super().__init__(data)
        for kind, wanted in wanted_mails(patron=patron).items():
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                help_text=OPTIONAL[kind],
                choices=((WANTED, _("メールでも受け取る")), (DECLINED, _("メールは受け取らない"))),
                initial=WANTED if wanted else DECLINED,
                required=False,
                widget=forms.Select({"class": "ctl--m"}),
                error_messages={"invalid_choice": CHOOSE},
            )

    def wanted(self) -> dict[NoticeKind, bool]:
        """Return what was chosen."""
        return {
            NoticeKind(kind): choice == WANTED
            for kind, choice in self.cleaned_data.items()
            if choice
        }


class ReadAllForm(forms.Form):
    """すべて既読にする: up to the moment at which the list was shown."""

    until = forms.DateTimeField()
