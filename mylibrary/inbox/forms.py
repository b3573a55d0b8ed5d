"""Forms of 通知メッセージ一覧."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notices.enums import DAYS_BEFORE_DUE, OF_LENDING, OPTIONAL, NoticeKind
from notices.models import NoticeChoice
from notices.services import wanted_mails
from patrons.models import Patron
from ui.forms import PlainForm

WANTED, DECLINED = "yes", "no"
CHOOSE = _("メールで受け取るかどうかを選んでください")


class MailSettingsForm(PlainForm):
    """お知らせメールの設定: one choice for each kind of mail that may be declined, when
    a loan is told of before it is due, and whether mails have titles.

    What the submitted page did not have yet stays as it is.
    """

    def __init__(self, data: Any = None, *, patron: Patron) -> None:
        super().__init__(data)
        self.chosen = NoticeChoice.objects.of(patron)
        for kind, wanted in wanted_mails(patron=patron).items():
            # Of loans and holds nothing is known there, so nothing can be told.
            if kind in OF_LENDING and settings.LIBRARY_SYSTEM == "none":
                continue
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                help_text=OPTIONAL[kind],
                choices=((WANTED, _("メールでも受け取る")), (DECLINED, _("メールは受け取らない"))),
                initial=WANTED if wanted else DECLINED,
                required=False,
                widget=forms.Select({"class": "ctl--m"}),
                error_messages={"invalid_choice": CHOOSE},
            )
            if kind == NoticeKind.LOAN_DUE:
                self.fields["days_before_due"] = self._days()
        self.fields["titles_in_mails"] = self._titles()

    def _days(self) -> forms.Field:
        return forms.TypedChoiceField(
            label=_("返却期限の何日前に知らせるか"),
            help_text=_("通知メッセージ一覧のお知らせも、この日にお届けします。"),
            choices=_days_before,
            coerce=int,
            initial=self.chosen.days_before_due,
            required=False,
            empty_value=self.chosen.days_before_due,
            widget=forms.Select({"class": "ctl--m"}),
            error_messages={"invalid_choice": _("何日前に知らせるかを選んでください")},
        )

    def _titles(self) -> forms.Field:
        return forms.ChoiceField(
            label=_("メールにも書名を書く"),
            help_text=_(
                "家族など、ほかの人がメールを見ることがあります。書かないときも、書名は"
                "通知メッセージ一覧で読めます。ご本人のものと確認できたE-mailにだけ書きます。"
            ),
            choices=((DECLINED, _("書名は書かない")), (WANTED, _("書名を書く"))),
            initial=WANTED if self.chosen.titles_in_mails else DECLINED,
            required=False,
            widget=forms.Select({"class": "ctl--m"}),
            error_messages={"invalid_choice": _("メールに書名を書くかどうかを選んでください")},
        )

    def wanted(self) -> dict[NoticeKind, bool]:
        """Return what was chosen."""
        return {
            NoticeKind(kind): choice == WANTED
            for kind, choice in self.cleaned_data.items()
            if choice and kind in OPTIONAL
        }

    def contents(self) -> dict[str, Any]:
        """Return what was chosen for `choose_contents`; what is missing stays as it is."""
        titles, days = self.cleaned_data["titles_in_mails"], self.chosen.days_before_due
        return {
            "days_before_due": self.cleaned_data.get("days_before_due", days),
            "titles_in_mails": titles == WANTED if titles else self.chosen.titles_in_mails,
        }


def _days_before() -> Iterator[tuple[int, str]]:
    for days in DAYS_BEFORE_DUE:
        yield days, ngettext("%(days)s日前", "%(days)s日前", days) % {"days": days}


class ReadAllForm(forms.Form):
    """すべて既読にする: up to the moment at which the list was shown."""

    until = forms.DateTimeField()
