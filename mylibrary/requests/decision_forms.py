"""What staff type beside a decision on a title: what patrons are told, and which record it is."""

from typing import Any

from django import forms

from catalog.models import Record
from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.models import LONGEST_ANSWER
from mylibrary.requests.services import Decision
from news.works import WorkField
from staff.decision_forms import Choice, DecisionForm
from ui.forms import VisibleField

# What is borrowed may have no record of its own.
READY_BORROWED = "ready_borrowed"
BUY = Choice(value=TitleState.BUYING.value, label="購入する")
BORROW = Choice(value=TitleState.BORROWING.value, label="他の図書館から借りる")
READY = Choice(value=TitleState.READY.value, label="用意できた")
BORROWED = Choice(value=READY_BORROWED, label="用意できた（蔵書にない資料）")
CONSIDER = Choice(value=TitleState.CONSIDERED.value, label="検討中にする")
DECLINE = tuple(
    Choice(value=reason.value, label=f"応じない（{reason.label}）") for reason in DeclineReason
)


class TitleDecisionForm(DecisionForm):
    """A decision with a sentence for the patrons and, of what is ready, its record."""

    further = ("record", "sentence")

    record = WorkField(
        label="用意した資料",
        help_text="「用意できた」のときに、書誌番号かISBN、または資料の画面のアドレスを"
        "入力してください。利用者の画面から、この資料に行けます。",
        required=False,
        max_length=300,
        widget=forms.TextInput({"size": 40}),
        error_messages={"max_length": "用意した資料は、書誌番号かISBNで入力してください。"},
    )
    sentence = VisibleField(
        label="利用者への説明",
        help_text="リクエストした人が、回答といっしょに読みます。なくてもかまいません。"
        "「応じない（そのほかの理由です）」のときは、かならず書いてください。",
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea({"rows": 2, "cols": 80}),
        error_messages={"max_length": f"利用者への説明は{LONGEST_ANSWER}文字までです。"},
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        chosen = self.chosen.value if self.chosen else ""
        if chosen == READY.value and self.cleaned_data.get("record", "") is None:
            self.add_error("record", "「用意できた」のときは、用意した資料を入力してください。")
        if chosen == DeclineReason.OTHER and self.cleaned_data.get("sentence") == "":
            self.add_error("sentence", "そのほかの理由のときは、利用者への説明を書いてください。")
        return self.cleaned_data

    @property
    def decision(self) -> Decision:
        """The accepted decision; a record counts where it is said to be ready."""
        typed = self.cleaned_data
        value: str = typed["choice"]
        record: Record | None = typed["record"] if value == READY.value else None
        reason = DeclineReason(value) if value in DeclineReason.values else None
        state = TitleState.DECLINED if reason else TitleState(value.removesuffix("_borrowed"))
        said = {"sentence": typed["sentence"], "note": typed["note"]}
        return Decision(state=state, reason=reason, record=record, **said)
