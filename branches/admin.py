"""館 and 休館日 as staff keep them: names, opening hours, closing days."""

import re
from contextlib import suppress
from datetime import date
from typing import Any
from unicodedata import normalize

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from branches import board, words
from branches.calendar import ONE_DAY
from branches.days import with_calendars
from branches.models import Branch, Closure, OpeningHours
from staff.base import StaffModelAdmin
from staff.known import KnownToPages
from ui.forms import LineField

PREVIEW_DAYS = 8 * 7
ONE_OF_YEAR_END = "年末年始は、初日と末日の両方を入力するか、両方を空欄にしてください。"


class BranchForm(forms.ModelForm):
    """A branch; what is written in another way than it is kept is read as it is meant."""

    closed_weeks = forms.TypedMultipleChoiceField(
        label="休館の週",
        coerce=int,
        choices=words.WEEKS.items(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="選んだ週の、選んだ曜日に休館します。祝日・休日のときは、次の平日に休館します。",
        error_messages={"invalid_choice": "休館の週は、第1から第5までの中から選んでください。"},
    )
    # Longer than they are kept: what was typed is read first.
    postal_code = forms.CharField(label="郵便番号", max_length=20, required=False)
    year_end_first = forms.CharField(
        label="年末年始の初日", max_length=10, required=False, help_text="例：12-28"
    )
    year_end_last = forms.CharField(
        label="年末年始の末日", max_length=10, required=False, help_text="例：01-04"
    )

    class Meta:
        model = Branch
        fields = (
            *("code", "name", "name_en", "postal_code", "address", "phone", "order", "is_listed"),
            *("closed_weekday", "closed_weeks", "year_end_first", "year_end_last"),
        )
        help_texts = {
            "code": "英小文字、数字、「-」で付けます。資料の取り込みに使い、変更できません。",
            "order": "小さい順に並べます。最初の館の開館時間を、ホームページに表示します。",
            "phone": "例：097-000-0000。分からないときは空欄にします。",
        }
        error_messages = {
            "code": {
                "invalid": "記号は、英小文字、数字、「-」で入力してください。",
                "unique": "同じ記号の館があります。別の記号を入力してください。",
            },
        }

    def clean_code(self) -> str:
        return self.cleaned_data["code"].lower()

    def clean_postal_code(self) -> str:
        typed = normalize("NFKC", self.cleaned_data["postal_code"])
        digits = re.sub(r"[〒\s\-‐-―−ー]", "", typed)  # not shown
        if digits and not re.fullmatch(r"[0-9]{7}", digits):
            raise ValidationError("郵便番号は、7けたの数字で入力してください。")
        return digits

    def clean_phone(self) -> str:
        phone = re.sub(r"[\s‐-―−ー]+", "-", normalize("NFKC", self.cleaned_data["phone"]))
        if phone and not re.fullmatch(r"0[0-9-]{8,13}[0-9]", phone):
            raise ValidationError("電話番号は、市外局番から、数字と「-」で入力してください。")
        return phone

    def clean_year_end_first(self) -> str:
        return month_and_day(self.cleaned_data["year_end_first"])

    def clean_year_end_last(self) -> str:
        return month_and_day(self.cleaned_data["year_end_last"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        typed = self.cleaned_data
        if not self.errors and bool(typed["year_end_first"]) != bool(typed["year_end_last"]):
            missing = "year_end_last" if typed["year_end_first"] else "year_end_first"
            self.add_error(missing, ONE_OF_YEAR_END)
        return typed


def month_and_day(typed: str) -> str:
    """Return a day of the year as it is kept (MM-DD); raises ValidationError for what is none."""
    if not typed:
        return ""
    found = re.fullmatch(
        r"(\d{1,2})\s*[-/.月‐-―−ー]\s*(\d{1,2})日?",  # not shown
        normalize("NFKC", typed).strip(),
    )
    if found:
        with suppress(ValueError):
            # A year with 29 February.
            return f"{date(2024, *map(int, found.groups())):%m-%d}"
    raise ValidationError("月と日を「12-28」のように入力してください。")


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    extra = 0
    max_num = 7
    verbose_name_plural = (
        "開館時間（1つもないときは「お問い合わせください」と表示します。ない曜日は休館です）"
    )


class OnTheBoard(KnownToPages):
    known = board.PLACES
    # The board is read every ten seconds, and browsers keep a public page for a minute.
    delay = "保存した内容がすべての画面に出るまで、1分半ほどかかることがあります。"


@admin.register(Branch)
class BranchAdmin(OnTheBoard, StaffModelAdmin):
    """The branches; one that has items is kept."""

    form = BranchForm
    list_display = ("name", "code", "order", "is_listed")
    inlines = (OpeningHoursInline,)
    fieldsets = (
        (None, {"fields": ("name", "name_en", "code", "order", "is_listed")}),
        ("場所と連絡先", {"fields": ("postal_code", "address", "phone")}),
        (
            "休館日",
            {
                "description": "特別整理期間と臨時休館は「休館日」の画面で登録します。",
                "fields": (
                    *("closed_weekday", "closed_weeks", "year_end_first", "year_end_last"),
                    "ahead",
                ),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Branch | None = None) -> tuple:
        """Keep the code of a branch that is there: files and addresses name it."""
        return ("code", "ahead") if obj else ("ahead",)

    @admin.display(description="今後8週間の休館日")
    def ahead(self, branch: Branch) -> str | SafeString:
        if branch._state.adding:
            return "保存すると、ここに表示します。"
        today = timezone.localdate()
        last = today + 2 * PREVIEW_DAYS * ONE_DAY
        ((_, calendar),) = with_calendars([branch], today, last)
        closed = words.closed_days(calendar, today, PREVIEW_DAYS)
        if not closed:
            return "ありません。"
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", zip(closed)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let branches be deleted one by one, on their pages."""
        return obj is not None and super().has_delete_permission(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Delete a branch, 403 with the reason where something still names it."""
        branch = self.get_object(request, object_id)
        if branch is not None and branch.is_needed:
            sentence = (
                f"「{branch}」には所蔵資料があるので、削除できません。"
                "利用案内に載せないときは、「利用案内に載せる」を外してください。"
            )
            return self.refused(request, sentence)
        return super().delete_view(request, object_id, extra_context)


class ClosureForm(forms.ModelForm):
    """館, 種類, 初日, 末日, 理由; periods may overlap."""

    branch = forms.ModelChoiceField(
        Branch.objects.all(), label="館", empty_label="すべての館", required=False
    )

    class Meta:
        model = Closure
        fields = ("branch", "kind", "first", "last", "reason")
        field_classes = {"reason": LineField}
        help_texts = {
            "last": "1日だけのときは、初日と同じ日を入力します。",
            "reason": "「台風10号の接近」など、そのまま表示する短い文。空欄でもかまいません。",
        }
        error_messages = {
            "kind": {"required": "種類を選択してください。"},
            "first": {"required": "初日を入力してください。"},
            "last": {"required": "末日を入力してください。"},
        }


@admin.register(Closure)
class ClosureAdmin(OnTheBoard, StaffModelAdmin):
    """特別整理期間 and 臨時休館: days beyond the rule."""

    form = ClosureForm
    list_display = ("first", "last", "where", "kind", "reason")
    list_select_related = ("branch",)

    @admin.display(description="館")
    def where(self, closure: Closure) -> str:
        return str(closure.branch or "すべての館")
