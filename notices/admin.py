"""Messages, for staff to see whether a mail went out."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from characters.text import without_unseen
from notices.models import Notice
from notices.services import send_again
from patrons.models import Patron
from patrons.withholding.shown import WITHHELD
from staff.base import ReadOnly
from staff.large_list import LargeListAdmin

INTERNAL = ("id", "enclosed", "enclosed_id", "claimed_at")


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

    list_display = (
        "kind",
        "patron_number",
        "shown_recipient",
        "created_at",
        "mail_state",
        "sent_at",
        "failed_at",
        "bounced",
    )
    sortable_by = ("created_at",)
    list_filter = ("kind", MailStateFilter, "created_at")
    list_select_related = ("patron", "addressee")
    search_fields = ("patron__number", "recipient")
    search_help_text = "利用者番号、宛先"
    date_hierarchy = "created_at"
    # Django would show it beside `shown_recipient`.
    exclude = ("recipient",)
    readonly_fields = (
        *(
            "shown_recipient" if field.name == "recipient" else field.name
            for field in Notice._meta.concrete_fields
            if field.name not in INTERNAL
        ),
        "mail_state",
        "bounced",
    )
    actions = ("send_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find a patron's messages by the number, or messages by a part of their recipient.

        Not both in one condition over joined tables: that reads all of them.
        """
        term = without_unseen(search_term).strip()
        if not term:
            return queryset, False
        if patron_id := Patron.objects.with_number(term).values_list("pk", flat=True).first():
            return queryset.filter(Q(patron=patron_id) | Q(addressee=patron_id)), False
        # What is withheld finds nothing. Few are: neither is a join.
        withheld = Patron.objects.withheld().values("pk")
        hidden = Q(patron__in=withheld) | Q(addressee__in=withheld)
        return queryset.filter(recipient__contains=term).exclude(hidden), False

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
