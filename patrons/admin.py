"""Staff's view of patrons: found by any of their data, corrected only in how they are reached."""

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from characters.text import InvalidInput, one_line
from patrons import normalize
from patrons.doubles import admin as doubles_admin  # noqa: F401  # registers its page
from patrons.doubles.models import PossibleDouble
from patrons.models import IdentityLink, Patron, PatronExport
from patrons.patron_list import BOUNCED, NOT_REFLECTED, PatronList
from patrons.staff_warnings import number_warning
from patrons.transfer.exporting import export_again
from patrons.withholding.shown import HIDDEN, WITHHELD
from staff.base import EMPTY, ReadOnly, StaffModelAdmin, member_of_staff
from staff.large_list import MOST_LISTED
from staff.roles import SEND_TO_LIBRARY_SYSTEM

NOT_SHOWN = (
    f"{WITHHELD}のため表示しません。変えるときだけ、新しい値を入力してください。"
    "入力しなければ、今の登録のままです。"
)
AFTER_NEW_NAME = "（名前が変わりました。本人の確認待ちです）"
AFTER_MOVE = "（住所が変わりました。本人の確認待ちです）"
INPUT_MESSAGES = {
    "empty": "入力してください。",
    "too_long": "長すぎます。入力を確認してください。",
    "control_characters": "改行などの使えない文字が含まれています。",
    "character": "「%(character)s」は使えません。",
    "not_digits": "数字で入力してください。",
    "too_few_digits": "数字が足りません。市外局番から10ケタか11ケタで入力してください。",
    "too_many_digits": "数字が多すぎます。市外局番から10ケタか11ケタで入力してください。",
    "phone_prefix": "0から始まる番号を入力してください。",
    "not_japanese": "日本の電話番号を入力してください。",
    "extension": "内線番号を除いて入力してください。",
    "several_numbers": "電話番号は1つだけ入力してください。",
    "several_addresses": "E-mailアドレスは1つだけ入力してください。",
    "several_ats": "@は1つだけ入力してください。",
    "comma": "「%(character)s」は使えません。「.」（ピリオド）ではありませんか。",
    "spaces": "空白を入れずに入力してください。",
    "no_at": "@を入れて入力してください。",
    "quoted": '「"」で囲まずに入力してください。',
    "local_part_length": "@の前が長すぎます（64文字まで）。",
    "bad_local_part": "@の前を確認してください。",
    "bad_domain": "@の後ろを確認してください。",
}


class ContactForm(forms.ModelForm):
    """The fields staff may correct, normalised as an applicant's are.

    Those of a withheld patron are empty, and stay as they are stored unless something is typed.
    """

    class Meta:
        model = Patron
        fields = ("phone", "email", "contact_method")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.unseen:
            self.initial[name] = ""
            self.fields[name].help_text = NOT_SHOWN

    @property
    def unseen(self) -> frozenset[str]:
        """The fields whose stored value is not shown."""
        return HIDDEN.intersection(self.fields) if self.instance.is_withheld else frozenset()

    def clean(self) -> dict[str, Any]:
        """Keep what is not shown where nothing is typed; the admin has locked the row."""
        super().clean()
        typed = self.cleaned_data
        kept = [name for name in self.unseen if typed.get(name) == ""]
        return typed | {name: self.instance.__dict__[name] for name in kept}

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
            raise forms.ValidationError(
                INPUT_MESSAGES[error.code], code=error.code, params={"character": error.character}
            ) from None


class IdentityLinkInline(ReadOnly, admin.TabularInline):
    model = IdentityLink
    fields = readonly_fields = ("issuer", "subject_start", "linked_at", "revoked_at")
    extra = 0


@admin.action(
    description="貸出システムへもう一度送る（次の書き出しに含める）", permissions=["send_again"]
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


class PatronAdmin(PatronList):
    """Patrons come from registration or import and are never deleted here.

    Registered by `mylibrary.profile.admin`, which stores what staff correct and tells the patron.
    """

    form = ContactForm
    inlines = (IdentityLinkInline,)
    actions = (send_again,)
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
                    "address_in_one_line",
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
                    "stays",
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

    def get_fieldsets(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        """Put what says 情報秘匿 in place of each column that is hidden, unless it can be typed."""
        fieldsets: Any = super().get_fieldsets(request, obj)
        if obj is None or not obj.is_withheld:
            return fieldsets
        typed = ContactForm.Meta.fields if self.has_change_permission(request, obj) else ()
        return [
            (title, options | {"fields": [_in_place_of(one, typed) for one in options["fields"]]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *WITHHELD_COLUMNS.values())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Patron | None = None) -> bool:
        """Nothing is written to a patron whose data were erased."""
        erased = obj is not None and obj.erased_at is not None
        return not erased and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Patron | None = None) -> bool:
        return False

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SEND_TO_LIBRARY_SYSTEM)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, below a warning when few numbers are left."""
        warning = number_warning() if request.method == "GET" else ""
        if warning:
            messages.warning(request, warning)
        return super().changelist_view(request, extra_context)

    @admin.display(description="同じ方の番号")
    def stays(self, patron: Patron) -> str:
        """Return the number under which staff found a withdrawn patron to go on."""
        gone = [patron.pk] if patron.withdrawn_at else []
        patron.stays = PossibleDouble.objects.staying(gone).get(patron.pk)  # type: ignore[attr-defined]
        return self.same_person(patron) or EMPTY

    @admin.display(description="住所")
    def address_in_one_line(self, patron: Patron) -> str:
        return one_line(patron.shown.address)

    @admin.display(description="名前カタカナ")
    def kana_as_confirmed(self, patron: Patron) -> str:
        return patron.full_name_kana + (AFTER_NEW_NAME if patron.kana_outdated else "")

    @admin.display(description="郵便番号")
    def postal_code_as_confirmed(self, patron: Patron) -> str:
        return f"{patron.shown.postal_code}{AFTER_MOVE if patron.postal_code_outdated else ''}"

    @admin.display(description="メール")
    def mail_state(self, patron: Patron) -> str:
        """Return whether mails reach a patron, "—" where nothing is known against it."""
        if not patron.shown.is_email_bounced:
            return "—"
        return f"{BOUNCED}（このE-mailに送ったメールが、相手のサーバーに受け取られませんでした）"


def _in_place_of(name: str, typed: Collection[str]) -> Any:
    return name if name in typed else WITHHELD_COLUMNS.get(name, name)


def _says_withheld(label: str) -> Callable[[Patron], str]:
    @admin.display(description=label)
    def says(patron: Patron) -> str:
        return str(WITHHELD)

    return says


# A callable each, which Django calls like the column.
WITHHELD_COLUMNS = {
    field.name: _says_withheld(str(field.verbose_name))
    for field in Patron._meta.fields
    if field.name in HIDDEN
}


@admin.register(PatronExport)
class PatronExportAdmin(ReadOnly, StaffModelAdmin):
    list_display = ("file_name", "started_at", "encoding", "patrons", "marked", "reported")
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
