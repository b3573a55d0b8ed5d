"""貸出の決まり: the one row that 管理 edits, and what it does."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from circulation.desk.gate import OnlyWhereWeLend
from circulation.models import LendingPolicy

NO_LIMIT = "空けておくと、上限はありません。"
EFFECT = (
    "保存すると、次の貸出、延長、予約から、すべての館で変わります。今の貸出の返却期限と、"
    "予約棚の取り置き期限は、変わりません。"
)
HELP = {
    "most_loans": f"1人が同時に借りられる冊数です。雑誌も数えます。{NO_LIMIT}"
    "減らしても、今の貸出はそのままです。",
    "loan_days": "14なら、3月10日に借りた資料の返却期限は3月24日です。",
    "most_renewals": "1つの貸出を延長できる回数です。0にすると、延長できません。"
    "予約で待つ方がいる資料と、雑誌、新聞は、いつも延長できません。",
    "renewal_days": "新しい返却期限は、延長を申し込んだ日から数えます。",
    "most_holds": f"1人が同時に予約できる件数です。{NO_LIMIT}",
    "keep_days": "最後の日が休館日なら、次の開館日まで取り置きます。",
    "overdue_stops_loans_after": "返却期限からこの日数を過ぎた資料がある方には、貸し出しません。"
    "0なら、期限の次の日からです。空けておくと、延滞があっても貸し出します。",
    "overdue_stops_renewals": "期限を過ぎた資料が1つでもある間は、どの資料も延長できません。",
    "overdue_stops_holds": "期限を過ぎた資料が1つでもある間は、新しく予約できません。",
}


@admin.register(LendingPolicy)
class LendingPolicyAdmin(OnlyWhereWeLend):
    list_display = ("__str__", "most_loans", "loan_days", "most_renewals", "most_holds")
    readonly_fields = ("today",)
    fieldsets: ClassVar[Any] = (
        ("貸出と延長", {
            "description": EFFECT,
            "fields": (*("most_loans", "loan_days", "most_renewals", "renewal_days"), "today"),
        }),
        ("予約", {"fields": ("most_holds", "keep_days")}),
        (
            "延滞のある方",
            {
                "fields": (
                    *("overdue_stops_loans_after", "overdue_stops_renewals"),
                    "overdue_stops_holds",
                )
            },
        ),
    )  # fmt: skip

    def patrons_of(self, row: LendingPolicy) -> list[int | None]:
        return [None]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is the one row that migrations make."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Say what a rule does."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.help_text = HELP[db_field.name]
            if isinstance(field, forms.IntegerField):
                # A wheel or an arrow key changes no rule.
                field.widget = AdminTextInputWidget({"inputmode": "numeric", "size": 5})
        return field

    @admin.display(description="今の決まりでは")
    def today(self, row: LendingPolicy) -> str:
        # The row has what was typed, also where that is refused.
        policy, today = LendingPolicy.objects.current(), timezone.localdate()
        due = date_format(today + timedelta(days=policy.loan_days), "MONTH_DAY_FORMAT")
        renewed = date_format(today + timedelta(days=policy.renewal_days), "MONTH_DAY_FORMAT")
        return f"きょう貸し出すと返却期限は{due}、きょう延長すると{renewed}です。"
