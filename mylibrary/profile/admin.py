"""Staff's correction of how a patron is reached: nothing is overwritten unseen, the patron is told.

Here rather than in `patrons`, which knows of no messages. So are whom to call, and what a receipt
finds.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from characters.text import StrOrPromise
from circulation.desk.patron_tool import LoansTool
from circulation.files.admin import StandingTool
from mylibrary.patron_card.admin import CardBarcodeTool
from mylibrary.profile.services import correct_contact
from mylibrary.signin.admin import LoginTools
from notices.models import Notice
from patrons.admin import ContactForm, PatronAdmin
from patrons.models import Patron
from patrons.patron_list import NamedReadFilter
from patrons.querysets import PatronQuerySet
from patrons.revealing.admin import MaskedPages
from patrons.services import PatronErased, lock_for_change
from patrons.withholding.admin import WithholdingTool
from patrons.withholding.shown import WITHHELD
from registration.application import receipt_numbers
from registration.review.models import ReviewCase
from staff.base import SEARCH
from staff.large_list import MOST_LISTED

# Older messages were either called about, or are past.
CALLED_WITHIN = timedelta(days=7)
ERASED_MEANWHILE = "変更していません。この利用者の個人情報は、いま消去されました。"


def to_be_called(patrons: PatronQuerySet) -> PatronQuerySet:
    """Leave active patrons who have a telephone, and whom a message of CALLED_WITHIN did not reach.

    It was not read in My Library, and no mail told of it. No number of a withheld one is shown.
    """
    messages = Notice.objects.not_reached(timezone.now() - CALLED_WITHIN)
    # Looked up first, as far as a list goes: the list's own order would be walked for them.
    keys = list(messages.values_list("patron", flat=True)[: MOST_LISTED + 1])
    return patrons.active().not_withheld().exclude(phone="").filter(pk__in=keys)


class CallFilter(NamedReadFilter):
    title = "電話連絡"
    parameter_name = "call"
    reads = {
        "today": (
            "今日電話で連絡（7日以内の未読のお知らせ。メールが届かない方と、予約連絡方法が電話の方）",
            to_be_called,
        )
    }


@admin.register(Patron)
class ContactAdmin(
    LoansTool,
    CardBarcodeTool,
    WithholdingTool,
    LoginTools,
    StandingTool,
    MaskedPages,
    PatronAdmin,
):
    """Patrons, with the contact data that staff correct."""

    list_filter = (*PatronAdmin.list_filter, CallFilter)
    presets = (*PatronAdmin.presets, ("今日電話で連絡", {"call": "today"}))
    search_help_text = (
        "利用者番号（前の番号も）、受付番号（A-123）、名前、カタカナ、電話番号、E-mail、"
        "生年月日（1970/5/5、19700505、昭和45年5月5日、S45.5.5）でさがせます。"
    )
    masked_help_text = (
        "利用者番号（カードの読み取り、前の番号も）か、受付番号（A-123）でさがせます。"
    )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Find by a receipt, too, whom its case was registered or recognised as."""
        receipt = receipt_numbers.read(search_term, whole=True)
        if receipt and (known := list(ReviewCase.objects.patrons_of(receipt))):
            numbered = Patron.objects.with_number(search_term).values_list("pk", flat=True)
            return queryset.filter(pk__in=[*known, *numbered]), False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; to whoever sees applications, that of a receipt that is looked for."""
        receipt = receipt_numbers.read(request.GET.get(SEARCH, ""), whole=True)
        if receipt and request.user.has_perm("registration.view_application"):
            for case in ReviewCase.objects.cases().filter(receipt_no=receipt):
                address = reverse("admin:registration_application_change", args=[case.pk])
                messages.info(request, format_html('<a href="{}">{}</a>', address, case))
        return super().changelist_view(request, extra_context)

    changed_by = "利用者かほかの職員"

    def unseen(self, row: Patron) -> Mapping[str, StrOrPromise]:
        return dict.fromkeys(ContactForm.Meta.fields, WITHHELD) if row.is_withheld else {}

    def lock(self, row: Patron) -> bool:
        """Take the row as every change of a patron does. Raises PatronErased."""
        lock_for_change(patron=row)
        return True

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Show or change a patron; say where the data were erased since the page was opened."""
        try:
            return super().change_view(request, object_id, *args, **kwargs)
        except PatronErased:
            messages.error(request, ERASED_MEANWHILE)
            return redirect("admin:patrons_patron_change", object_id)

    def save_model(
        self, request: HttpRequest, obj: Patron, form: ContactForm, change: bool
    ) -> None:
        typed = {name: form.cleaned_data[name] for name in ContactForm.Meta.fields}
        correct_contact(patron=obj, **typed)
