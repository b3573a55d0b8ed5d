"""The staff's list of patrons: its columns, what narrows it, and what it is searched by.

A column whose name stands in `folded_columns` asks nothing but its patron, so that a list that is
masked gives it one who is (`patrons.revealing`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from characters.text import is_visible
from patrons.doubles.models import PossibleDouble
from patrons.models import Patron
from patrons.querysets import PatronQuerySet
from patrons.residency import ELIGIBLE_MUNICIPALITIES, MUNICIPALITY_NAMES
from patrons.staff_warnings import BOUNCED as BOUNCED_ONES
from patrons.staff_warnings import NOT_REFLECTED as NOT_REFLECTED_ONES
from patrons.withholding.shown import WITHHELD
from staff.base import EMPTY
from staff.folding import Folded, folded
from staff.large_list import LargeChangeList, LargeListAdmin

OTHER = ("other", "その他・不明")
NOT_REFLECTED = "貸出システム未反映"
WRITTEN = f"{NOT_REFLECTED}（書き出し済み）"
CHANGED = "反映後に変更あり"
REFLECTED = "反映済み"
BOUNCED = "メール不達"
UNCONFIRMED = "メール未確認"


class NamedReadFilter(admin.SimpleListFilter):
    """By named reads: each value of the address with its label and its read."""

    reads: Mapping[str, tuple[str, Callable[[PatronQuerySet], PatronQuerySet]]]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.reads.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> PatronQuerySet:
        chosen = self.reads.get(self.value() or "")
        return chosen[1](queryset) if chosen else queryset


class MunicipalityFilter(admin.SimpleListFilter):
    title = "市町"
    parameter_name = "municipality"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [*((code, name) for name, code in ELIGIBLE_MUNICIPALITIES.items()), OTHER]

    def queryset(self, request: HttpRequest, queryset: Any) -> PatronQuerySet:
        if self.value() is None:
            return queryset
        # The list would tell where somebody lives.
        open_ones = queryset.not_withheld()
        if self.value() == OTHER[0]:
            return open_ones.outside_the_area()
        return open_ones.filter(municipality_code=self.value())


class MovedOutFilter(NamedReadFilter):
    title = "転出"
    parameter_name = "moved_out"
    reads = {"yes": ("対象地域外へ転出", lambda patrons: patrons.not_withheld().moved_out())}


class WithheldFilter(NamedReadFilter):
    title = "情報秘匿"
    parameter_name = "withheld"
    reads = {"yes": ("情報秘匿の利用者", PatronQuerySet.withheld)}


class ExportFilter(NamedReadFilter):
    title = "貸出システム反映"
    parameter_name = "exported"
    reads = {
        "no": (NOT_REFLECTED, PatronQuerySet.not_reflected),
        "changed": (CHANGED, PatronQuerySet.changed_since_reflected),
        "yes": (REFLECTED, PatronQuerySet.reflected),
    }


class WithdrawnFilter(NamedReadFilter):
    title = "退会"
    parameter_name = "withdrawn"
    reads = {
        "no": ("利用中", PatronQuerySet.active),
        "yes": ("退会済み", PatronQuerySet.withdrawn),
        "erased": ("個人情報を消去済み", PatronQuerySet.erased),
    }


class MailFilter(NamedReadFilter):
    title = "メール"
    parameter_name = "mail"
    reads = {
        "unconfirmed": (UNCONFIRMED, lambda patrons: patrons.not_withheld().email_unconfirmed()),
        "bounced": (BOUNCED, lambda patrons: patrons.not_withheld().email_bounced()),
    }


class RegisteredFilter(NamedReadFilter):
    title = "登録"
    parameter_name = "registered"
    reads = {
        "today_online": (
            "今日オンラインで登録",
            lambda patrons: patrons.registered_online_on(timezone.localdate()),
        )
    }


class LoginFilter(NamedReadFilter):
    title = "ログイン"
    parameter_name = "login"
    reads = {
        "never": ("一度もログインしていない（パスワードも未設定）", PatronQuerySet.never_logged_in)
    }


class DoubleFilter(NamedReadFilter):
    """For whoever sees the pairs."""

    title = "二重登録"
    parameter_name = "double"
    reads = {"possible": ("二重登録の可能性", PatronQuerySet.possible_doubles)}


class PatronChangeList(LargeChangeList):
    """The list, whose withdrawn patrons know under which number the same person stays."""

    def complete(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        gone = {row.pk: row for row in rows if row.withdrawn_at}
        if gone:
            for patron_id, other in PossibleDouble.objects.staying(list(gone)).items():
                gone[patron_id].stays = other


class PatronList(LargeListAdmin):
    """Patrons, the latest first; `presets` are the questions of every day."""

    list_display = ("number", "person", "reached", "registered", "state")
    # Where patrons are masked (`patrons.revealing`), these are made of one who is.
    folded_columns: ClassVar[tuple[str, ...]] = ("person",)
    list_filter: ClassVar[tuple[Any, ...]] = (
        RegisteredFilter,
        "registered_at",
        "registered_via",
        MunicipalityFilter,
        MovedOutFilter,
        "contact_method",
        MailFilter,
        LoginFilter,
        ExportFilter,
        DoubleFilter,
        WithheldFilter,
        WithdrawnFilter,
    )
    hidden_filters: ClassVar[tuple[Any, ...]] = (MailFilter, WithheldFilter, DoubleFilter)
    hidden_orders: ClassVar[tuple[str, ...]] = ("person",)
    presets: ClassVar[tuple[tuple[str, Mapping[str, str]], ...]] = (
        ("今日オンラインで登録", {"registered": "today_online"}),
        (NOT_REFLECTED, NOT_REFLECTED_ONES),
        ("転出", {"moved_out": "yes"}),
        (UNCONFIRMED, {"mail": "unconfirmed"}),
        (BOUNCED, BOUNCED_ONES),
        ("一度もログインしていない", {"login": "never"}),
        ("二重登録の可能性", {"double": "possible"}),
    )
    is_scanned_into = True
    list_select_related = ("user",)
    list_per_page = 50
    sortable_by = ("number", "person", "registered")
    date_hierarchy = "registered_at"
    ordering = ("-registered_at",)
    search_fields = ("number", "name", "kana", "phone", "email")
    search_help_text = (
        "利用者番号（前の番号も）、名前、カタカナ、電話番号、E-mailでさがせます。"
        "生年月日（1970/5/5、19700505、昭和45年5月5日、S45.5.5）でもさがせます。"
    )

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        if request.user.has_perm("patrons.view_possibledouble"):
            return filters
        return [each for each in filters if each is not DoubleFilter]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[PatronQuerySet, bool]:
        return queryset.matching(search_term) if is_visible(search_term) else queryset, False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LargeChangeList]:
        return PatronChangeList

    @admin.display(description="名前・カタカナ・生年月日", ordering="kana_key")
    def person(self, patron: Patron) -> Folded:
        born = patron.birth_date_display
        return folded(patron.name or EMPTY, patron.full_name_kana, f"{born}生" if born else "")

    @admin.display(description="市町・予約連絡方法")
    def reached(self, patron: Patron) -> Folded:
        return folded(self.municipality(patron) or EMPTY, patron.get_contact_method_display())

    @admin.display(description="登録", ordering="registered_at")
    def registered(self, patron: Patron) -> Folded:
        moment = timezone.localtime(patron.registered_at)
        minute = f"{date_format(moment, 'Y年n月j日')} {moment:%H:%M}"
        return folded(minute, patron.get_registered_via_display())

    @admin.display(description="貸出システム・Myライブラリ")
    def state(self, patron: Patron) -> Folded:
        if patron.withdrawn_at:
            ended = "個人情報を消去済み" if patron.erased_at else "退会済み"
            return folded(ended, self.same_person(patron), self.export_state(patron))
        return folded(self.export_state(patron), self.login_state(patron))

    def same_person(self, patron: Patron) -> SafeString | str:
        """Lead to the number under which a withdrawn patron goes on, "" where none is known."""
        other = getattr(patron, "stays", None)
        if other is None:
            return ""
        address = reverse("admin:patrons_patron_change", args=[other.pk])
        return format_html('同じ方の番号 <a href="{}">{}</a>', address, other.number)

    @admin.display(description="市町", ordering="municipality_code")
    def municipality(self, patron: Patron) -> str:
        if patron.is_withheld:
            return str(WITHHELD)
        name = MUNICIPALITY_NAMES.get(patron.municipality_code, "")
        return f"{name}（転出）" if patron.moved_out_at else name

    @admin.display(description="貸出システム", ordering="exported_at")
    def export_state(self, patron: Patron) -> str:
        """Return what the library system knows of a patron, as far as its own files tell."""
        if patron.reflected_at is None:
            return NOT_REFLECTED if patron.export_pending else WRITTEN
        return CHANGED if patron.export_pending else REFLECTED

    @admin.display(description="Myライブラリ")
    def login_state(self, patron: Patron) -> str:
        if patron.user is None or patron.erased_at:
            return "ログインなし"
        return "パスワード設定済み" if patron.has_own_password else "初回ログインのみ"
