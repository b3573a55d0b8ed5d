"""What staff see of patrons' addresses: which ones mails do not reach."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from patrons.models import Patron
from patrons.querysets import PatronQuerySet

BOUNCED = "メール不達"


class BouncedFilter(admin.SimpleListFilter):
    """By whether the address on record refused the last mail for good."""

    title = "メール"
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("bounced", BOUNCED)]

    def queryset(self, request: HttpRequest, queryset: Any) -> PatronQuerySet:
        return queryset.email_bounced() if self.value() == "bounced" else queryset


def mail_state(patron: Patron) -> str:
    """Return in words whether mails reach a patron, "—" where nothing is known against it."""
    if not patron.is_email_bounced:
        return "—"
    return f"{BOUNCED}（このE-mailに送ったメールが、相手のサーバーに受け取られませんでした）"
