"""Staff's view of patrons: found by any of their data, corrected only in how they are reached."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from characters.text import InvalidInput, is_visible
from patrons import normalize
from patrons.models import IdentityLink, Patron, PatronExport
from patrons.querysets import PatronQuerySet
from patrons.residency import ELIGIBLE_MUNICIPALITIES, MUNICIPALITY_NAMES
from patrons.staff_warnings import number_warning
from patrons.transfer.exporting import export_again
from staff.base import ReadOnly, StaffModelAdmin, member_of_staff
from staff.large_list import MOST_LISTED, LargeListAdmin

OTHER = ("other", "その他・不明")
NOT_REFLECTED = "貸出システム未反映"
WRITTEN = f"{NOT_REFLECTED}（書き出し済み）"
CHANGED = "反映後に変更あり"
REFLECTED = "反映済み"
BOUNCED = "メール不達"
AFTER_NEW_NAME = "（名前が変わりました。本人の確認待ちです）"
AFTER_MOVE = "（住所が変わりました。本人の確認待ちです）"
INPUT_MESSAGES = {
    "empty": "入力してください。",
    "too_long": "長すぎます。入力を確認してください。",
    "control_characters": "改行などの使えない文字が含まれています。",
    "not_digits": "数字で入力してください。",
    "phone_length": "市外局番から10ケタか11ケタで入力してください。",
    "phone_prefix": "0から始まる番号を入力してください。",
    "not_japanese": "日本の電話番号を入力してください。",
    "several_addresses": "E-mailアドレスは1つだけ入力してください。",
    "spaces": "空白を入れずに入力してください。",
    "no_at": "@を入れて入力してください。",
    "bad_local_part": "@の前を確認してください。",
    "bad_domain": "@の後ろを確認してください。",
}


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
        match self.value():
            case None:
                return queryset
            case value if value == OTHER[0]:
                return queryset.outside_the_area()
            case value:
                return queryset.filter(municipality_code=value)


class MovedOutFilter(NamedReadFilter):
    title = "転出"
    parameter_name = "moved_out"
    reads = {"yes": ("対象地域外へ転出", PatronQuerySet.moved_out)}


class BouncedFilter(NamedReadFilter):
    title = "メール"
    parameter_name = "mail"
    reads = {"bounced": (BOUNCED, PatronQuerySet.email_bounced)}


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


class ContactForm(forms.ModelForm):
    """The fields staff may correct, normalised as an applicant's are."""

    class Meta:
        model = Patron
        fields = ("phone", "email", "contact_method")

    def clean_phone(self) -> str:
        return self._normalised("phone", normalize.normalize_phone)

    def clean_email(self) -> str:
        return self._normalised("email", normalize.normalize_email)

    def _normalised(self, name: str, normalise: Callable[[str], str]) -> str:
        value = self.cleaned_data[name]
        # Imported patrons may lack a value; only a change is judged.
        if value == self.initial.get(name):
            return value
        try:
            return normalise(value)
        except InvalidInput as error:
            raise forms.ValidationError(INPUT_MESSAGES[error.code], code=error.code) from None


class IdentityLinkInline(ReadOnly, admin.TabularInline):
    model = IdentityLink
    fields = readonly_fields = ("issuer", "subject_start", "linked_at", "revoked_at")
    extra = 0


@admin.action(
    description="貸出システムへもう一度送る（次の書き出しに含める）", permissions=["change"]
)
def send_again(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    """Have the next export write the chosen patrons once more, as after a file that was lost."""
    chosen = list(queryset.order_by("pk")[: MOST_LISTED + 1])
    if len(chosen) > MOST_LISTED:
        model_admin.message_user(
            request,
            f"一度に選べるのは{MOST_LISTED}件までです。全員を送り直すときは、システム担当者に"
            "全件の書き出しを依頼してください。",
            messages.ERROR,
        )
        return
    export_again(patrons=Patron.objects.filter(pk__in=[patron.pk for patron in chosen]))
    LogEntry.objects.log_actions(
        member_of_staff(request).pk, chosen, CHANGE, "貸出システムへもう一度送ることにした。"
    )
    model_admin.message_user(
        request, f"{len(chosen)}件を{NOT_REFLECTED}に戻しました。次の書き出しに含まれます。"
    )


class PatronAdmin(LargeListAdmin):
    """Patrons come from registration or import and are never deleted here.

    Registered by `mylibrary.profile.admin`, which stores what staff correct and tells the patron.
    """

    form = ContactForm
    inlines = (IdentityLinkInline,)
    list_display = (
        "number",
        "name",
        "full_name_kana",
        "birth_date_display",
        "municipality",
        "contact_method",
        "registered_at",
        "registered_via",
        "export_state",
    )
    list_filter = (
        "registered_at",
        MunicipalityFilter,
        MovedOutFilter,
        "contact_method",
        BouncedFilter,
        ExportFilter,
        "registered_via",
        WithdrawnFilter,
    )
    actions = (send_again,)
    list_per_page = 50
    sortable_by = ("number", "full_name_kana", "registered_at")
    date_hierarchy = "registered_at"
    ordering = ("-registered_at",)
    search_fields = ("number", "name", "kana", "phone", "email")
    search_help_text = (
        "利用者番号、名前、カタカナ、電話番号、E-mailでさがせます（全角・半角、ひらがなでも可）。"
    )
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("number",)}),
        (
            "名前・生年月日・住所（この画面では変更できません）",
            {
                "description": "名前と住所は、「名前・住所をカードから取り込んだ日時」があれば"
                "マイナンバーカードのもの、なければ貸出システムのものです。",
                "fields": (
                    "name",
                    "birth_date_display",
                    "address",
                    "municipality",
                    "residency_reason",
                    "residency_rule_version",
                    "verified_at",
                    "card_data_at",
                    "moved_out_at",
                ),
            },
        ),
        (
            "本人が入力した情報",
            {
                "fields": (
                    "kana_as_confirmed",
                    "postal_code_as_confirmed",
                    "phone",
                    "email",
                    "mail_state",
                    "contact_method",
                )
            },
        ),
        (
            "登録",
            {
                "fields": (
                    "registered_at",
                    "registered_via",
                    "export_state",
                    "exported_at",
                    "reflected_at",
                    "updated_at",
                    "login_state",
                    "first_login_until",
                    "withdrawn_at",
                    "erased_at",
                )
            },
        ),
    )
    readonly_fields = tuple(
        name
        for _, options in fieldsets
        for name in options["fields"]
        if name not in ContactForm.Meta.fields
    )

    def patrons_of(self, row: Patron) -> list[int | None]:
        return [row.pk]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Patron | None = None) -> bool:
        """Nothing is written to a patron whose data were erased."""
        erased = obj is not None and obj.erased_at is not None
        return not erased and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Patron | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, below a warning when few numbers are left."""
        warning = number_warning() if request.method == "GET" else ""
        if warning:
            messages.warning(request, warning)
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[PatronQuerySet, bool]:
        return queryset.matching(search_term) if is_visible(search_term) else queryset, False

    @admin.display(description="市町", ordering="municipality_code")
    def municipality(self, patron: Patron) -> str:
        name = MUNICIPALITY_NAMES.get(patron.municipality_code, "")
        return f"{name}（転出）" if patron.moved_out_at else name

    @admin.display(description="名前カタカナ")
    def kana_as_confirmed(self, patron: Patron) -> str:
        return patron.full_name_kana + (AFTER_NEW_NAME if patron.kana_outdated else "")

    @admin.display(description="郵便番号")
    def postal_code_as_confirmed(self, patron: Patron) -> str:
        return patron.postal_code + (AFTER_MOVE if patron.postal_code_outdated else "")

    @admin.display(description="メール")
    def mail_state(self, patron: Patron) -> str:
        """Return whether mails reach a patron, "—" where nothing is known against it."""
        if not patron.is_email_bounced:
            return "—"
        return f"{BOUNCED}（このE-mailに送ったメールが、相手のサーバーに受け取られませんでした）"

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


@admin.register(PatronExport)
class PatronExportAdmin(ReadOnly, StaffModelAdmin):
    list_display = ("file_name", "started_at", "encoding", "patrons", "marked", "reported")
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
