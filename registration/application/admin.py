"""Applications in the staff's admin: to be looked at, never changed here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from characters.text import StrOrPromise, is_visible, one_line
from patrons import birth_date, privacy_notice
from patrons.matching.comparison import SIMILAR
from patrons.matching.duplicates import DuplicateReason
from patrons.models import ContactMethod
from patrons.residency import MUNICIPALITY_NAMES, ResidencyReason
from patrons.withholding.shown import WITHHELD
from registration.application.enums import CLOSED_STATES, Reason, State
from registration.application.models import (
    PERSONAL_FORM_COLUMNS,
    Application,
    ApplicationTransition,
)
from staff.base import EMPTY, SEARCH, InTheClear, ReadOnly
from staff.folding import Folded, folded
from staff.large_list import LargeListAdmin

DUPLICATES: dict[str, str] = {
    DuplicateReason.SUBJECT_LINKED: "同じ方が登録済み",
    DuplicateReason.NAME_AND_BIRTH_DATE: "名前と生年月日が同じ",
    # Not what else agrees: somebody's may be withheld.
    DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT: SIMILAR,
    DuplicateReason.WEIGHED: SIMILAR,
    Reason.OPEN_REVIEW: "確認中の申請あり",
}
CONTACT_METHODS = dict(ContactMethod.choices)


class TransitionInline(ReadOnly, admin.TabularInline):
    """What happened to an application, oldest first."""

    model = ApplicationTransition
    fields = ("at", "from_state", "to_state", "reason")
    extra = 0


class CodeFilter(admin.SimpleListFilter):
    """Filter by a column of codes, each with its name."""

    column: str
    names: Mapping[str, StrOrPromise]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(name)) for code, name in self.names.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class MunicipalityFilter(CodeFilter):
    title = "市町村"
    parameter_name = "municipality"
    column = "municipality_code"
    names = MUNICIPALITY_NAMES

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Leave out who is withheld: the list would tell where they live."""
        found = super().queryset(request, queryset)
        return found.filter(patron__withheld_at=None) if self.value() else found


class ContactMethodFilter(CodeFilter):
    title = "予約連絡方法"
    parameter_name = column = "contact_method"
    names = CONTACT_METHODS


class StateFilter(admin.SimpleListFilter):
    """Without those that came to nothing, unless they, or one by a search, are asked for."""

    title = "状態"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((each.value, str(each.label)) for each in State), ("all", "すべて")]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = "「開始」「終了」のほか"
        return choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in State.values:
            return queryset.filter(state=self.value())
        if self.value() == "all" or is_visible(request.GET.get(SEARCH, "")):
            return queryset
        return queryset.worth_showing()


class HintFilter(admin.SimpleListFilter):
    """Applications that went on although somebody registered is similar."""

    title = "二重登録の手がかり"
    parameter_name = "hint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", SIMILAR)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.hinted() if self.value() else queryset


def _fieldset(title: str | None, *names: str) -> Any:
    return title, {"fields": names}


@admin.register(Application)
class ApplicationAdmin(InTheClear, ReadOnly, LargeListAdmin):
    """Applications: a registered one shows its patron, one in review its candidates."""

    list_display = ("begun", "progress", "who", "where", "hint")
    sortable_by = ("begun",)
    list_filter = (StateFilter, "created_at", MunicipalityFilter, ContactMethodFilter, HintFilter)
    list_select_related = ("patron",)
    search_fields = ("patron__number",)
    search_help_text = (
        "利用者番号、受付番号（A-123）、名前、名前カタカナ、電話番号、E-mail、"
        "登録した利用者の生年月日でさがせます。"
    )
    date_hierarchy = "created_at"
    inlines = (TransitionInline,)
    fieldsets = (
        _fieldset(
            None,
            "state",
            "created_at",
            "expires_at",
            "privacy_notice",
            "patron_link",
            "registered_at",
        ),
        _fieldset("本人確認", "name", "verified_birth_date", "verified_address"),
        _fieldset("入力", *PERSONAL_FORM_COLUMNS, "contact"),
        _fieldset(
            "判定",
            "municipality",
            "residency",
            "residency_rule_version",
            "duplicates",
            "candidates",
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search the way patrons are searched, whatever width or script was typed."""
        return (queryset.matching(search_term) if search_term else queryset), False

    @admin.display(description="開始・受付番号", ordering="created_at")
    def begun(self, application: Application) -> Folded:
        moment = timezone.localtime(application.created_at)
        return folded(f"{date_format(moment, 'Y年n月j日')} {moment:%H:%M}", application.receipt)

    @admin.display(description="状態")
    def progress(self, application: Application) -> Folded:
        """Tell the state; of one that is open, until when."""
        until = "" if application.state in CLOSED_STATES else _until(application.expires_at)
        return folded(application.get_state_display(), until)

    @admin.display(description="利用者番号・名前カタカナ")
    def who(self, application: Application) -> Folded:
        return folded(self.number(application), self.kana(application))

    @admin.display(description="市町村・予約連絡方法")
    def where(self, application: Application) -> Folded:
        return folded(self.municipality(application), self.contact(application))

    @admin.display(description="利用者番号")
    def number(self, application: Application) -> str:
        return application.patron.number if application.patron else EMPTY

    @admin.display(description="名前カタカナ")
    def kana(self, application: Application) -> str:
        named = application.patron or application
        return f"{named.last_name_kana} {named.first_name_kana}".strip() or EMPTY

    @admin.display(description="市町村")
    def municipality(self, application: Application) -> str:
        if _is_withheld(application):
            return str(WITHHELD)
        code = application.municipality_code
        return MUNICIPALITY_NAMES.get(code, code) or EMPTY

    @admin.display(description="予約連絡方法")
    def contact(self, application: Application) -> str:
        return str(CONTACT_METHODS.get(application.contact_method, EMPTY))

    @admin.display(description="示した利用目的の版")
    def privacy_notice(self, application: Application) -> str:
        notice = privacy_notice.find(application.privacy_version)
        return f"{notice.version}：{notice.summary}" if notice else EMPTY

    @admin.display(description="居住地の判定")
    def residency(self, application: Application) -> str:
        if _is_withheld(application):
            return str(WITHHELD)
        return str(dict(ResidencyReason.choices).get(application.residency_reason, EMPTY))

    @admin.display(description="二重登録の判定")
    def duplicates(self, application: Application) -> str:
        if application.is_hinted:
            return SIMILAR
        return DUPLICATES.get(application.duplicate_reason, EMPTY)

    @admin.display(description="手がかり")
    def hint(self, application: Application) -> str:
        return SIMILAR if application.is_hinted else EMPTY

    @admin.display(description="生年月日")
    def verified_birth_date(self, application: Application) -> str:
        return birth_date.display(application.birth_date) if application.birth_date else EMPTY

    @admin.display(description="住所")
    def verified_address(self, application: Application) -> str:
        return one_line(application.address) or EMPTY

    @admin.display(description="利用者")
    def patron_link(self, application: Application) -> SafeString | str:
        if application.patron is None:
            return EMPTY
        return format_html(
            '<a href="{}">{}</a>', _patron_url(application.patron.pk), application.patron.number
        )

    @admin.display(description="同じ方かもしれない利用者")
    def candidates(self, application: Application) -> SafeString | str:
        links = ((_patron_url(pk), pk) for pk in application.candidate_ids)
        return format_html_join("、", '<a href="{}">利用者 {}</a>', links) or EMPTY


def _is_withheld(application: Application) -> bool:
    return application.patron is not None and application.patron.is_withheld


def _until(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"期限 {date_format(local, 'n月j日')} {local:%H:%M}"


def _patron_url(patron_id: int) -> str:
    return reverse("admin:patrons_patron_change", args=[patron_id])
