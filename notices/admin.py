"""Messages, for staff to see whether a mail went out, and never what it says."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from characters.text import without_unseen
from notices.models import Notice
from notices.services import send_again
from patrons.models import Patron
from patrons.revealing.session import masked, sees_everybody
from patrons.withholding.shown import WITHHELD
from staff.base import ReadOnly
from staff.folding import Folded, folded
from staff.large_list import LargeListAdmin

# What a message says is between the library and the patron (図書館の自由に関する宣言), and tells
# of what somebody reads, one day.
TEXT = ("subject", "body", "enclosed", "enclosed_id", "about")
NOT_SHOWN = ("id", "public_id", "claimed_at", *TEXT)


class MailStateFilter(admin.SimpleListFilter):
    """Filter by what became of the mail."""

    title = "メール"
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("waiting", "送信待ち"), ("sent", "送信済み"), ("failed", "送信できず")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        match self.value():
            case "waiting":
                return queryset.to_be_sent()
            case "sent":
                return queryset.filter(sent_at__isnull=False)
            case "failed":
                return queryset.given_up()
        return queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnly, LargeListAdmin):
    """Read-only list of messages; mails that were given up can be sent again."""

    list_display = ("kind", "patron_number", "shown_recipient", "created_at", "mail")
    sortable_by = ("created_at",)
    list_filter = ("kind", MailStateFilter, "created_at")
    list_select_related = ("patron", "addressee")
    search_fields = ("patron__number", "recipient")
    search_help_text = "利用者番号か、宛先（はじめの部分だけでも）でさがせます。"
    date_hierarchy = "created_at"
    # Django would show them beside `readonly_fields`.
    exclude = ("recipient", *TEXT)
    readonly_fields = (
        *(
            "shown_recipient" if field.name == "recipient" else field.name
            for field in Notice._meta.concrete_fields
            if field.name not in NOT_SHOWN
        ),
        "masked_recipient",
        "mail_state",
        "bounced",
    )
    actions = ("send_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find a patron's messages by the number, or messages by the beginning of their recipient.

        Not both in one condition over joined tables: that reads all of them.
        """
        term = without_unseen(search_term).strip()
        if not term:
            return queryset, False
        if patron_id := Patron.objects.with_number(term).values_list("pk", flat=True).first():
            return queryset.filter(Q(patron=patron_id) | Q(addressee=patron_id)), False
        if not sees_everybody(request):
            return queryset.none(), False
        # What is withheld finds nothing. Few are: neither is a join.
        withheld = Patron.objects.withheld().values("pk")
        hidden = Q(patron__in=withheld) | Q(addressee__in=withheld)
        found = queryset.filter(recipient__startswith=term).exclude(recipient="")
        return found.exclude(hidden), False

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        if sees_everybody(request):
            return columns
        return ["masked_recipient" if name == "shown_recipient" else name for name in columns]

    def get_fields(self, request: HttpRequest, obj: Notice | None = None) -> Any:
        """Show to which address it was written as the list does."""
        left_out = "masked_recipient" if sees_everybody(request) else "shown_recipient"
        return [name for name in super().get_fields(request, obj) if name != left_out]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list, which says what it can be searched by."""
        changelist = super().get_changelist_instance(request)
        if not sees_everybody(request):
            changelist.search_help_text = "利用者番号でさがせます。"
        return changelist

    def patrons_of(self, row: Notice) -> list[int | None]:
        return [row.patron_id or row.addressee_id]

    @admin.display(description="利用者番号")
    def patron_number(self, notice: Notice) -> str:
        patron = notice.patron or notice.addressee
        return patron.number if patron else "—"

    @admin.display(description="宛先")
    def shown_recipient(self, notice: Notice) -> str:
        patron = notice.patron or notice.addressee
        is_withheld = patron is not None and patron.is_withheld
        return str(WITHHELD) if is_withheld and notice.recipient else notice.recipient

    @admin.display(description="宛先")
    def masked_recipient(self, notice: Notice) -> str:
        return masked("email", self.shown_recipient(notice))

    @admin.display(description="メール")
    def mail(self, notice: Notice) -> Folded:
        """Tell what became of the mail, when, and whether its address refuses mails."""
        ended = notice.sent_at or notice.failed_at
        local = timezone.localtime(ended) if ended else None
        when = f"{date_format(local, 'n月j日')} {local:%H:%M}" if local else ""
        return folded(self.mail_state(notice), when, self.bounced(notice))

    @admin.display(description="メールの状態")
    def mail_state(self, notice: Notice) -> str:
        return str(notice.mail_state.label)

    @admin.display(description="メール不達")
    def bounced(self, notice: Notice) -> str:
        """Mark a message whose patron is still on record with an address that refuses mails."""
        patron = notice.patron or notice.addressee
        if patron is None or notice.recipient != patron.email:
            return ""
        return "メール不達" if patron.shown.is_email_bounced else ""

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.send_again_notice")

    @admin.action(description="送信できなかったメールをもう一度送る", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Queue the chosen mails again, as after a fault of our own mail server."""
        count = sum(send_again(notice=notice) for notice in queryset)
        self.message_user(request, f"{count}件のメールを送信待ちにしました。", messages.SUCCESS)
