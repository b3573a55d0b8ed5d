"""Staff's correction of how a patron is reached: nothing is overwritten unseen, the patron is told.

Here rather than in `patrons`, which knows of no messages.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from mylibrary.patron_card.admin import CardBarcodeTool
from mylibrary.profile.services import correct_contact, differences, mark_of
from mylibrary.signin.admin import LoginTools
from patrons.admin import ContactForm, PatronAdmin
from patrons.models import Patron
from patrons.services import PatronErased, lock_for_change
from patrons.withholding.admin import WithholdingTool
from patrons.withholding.shown import WITHHELD
from ui.stale_page import Shown

CHANGED = "contact_changed"
CHANGED_MEANWHILE = (
    "まだ変更していません。この画面を開いたあとで、利用者かほかの職員が内容を変えました。"
    "入力した内容でよろしければ、もう一度保存してください。"
)
ERASED_MEANWHILE = "変更していません。この利用者の個人情報は、いま消去されました。"


class CorrectionForm(ContactForm):
    """Contact data, with `mark`: a digest of what the page showed, which goes along with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mark = Shown.sent(self.data).mark if self.is_bound else mark_of(self.instance, None)

    def clean(self) -> dict[str, Any]:
        """Compare with what is stored, whose row stays locked while the admin's transaction lasts.

        A second press of the same button finds what the first one has stored. Raises PatronErased.
        """
        super().clean()
        typed = self.cleaned_data
        if self.errors:
            return typed
        stored = lock_for_change(patron=self.instance)
        if stored.is_withheld:
            typed |= {name: typed[name] or getattr(stored, name) for name in self.unseen}
        found = differences(stored, None, typed)
        current = mark_of(stored, None)
        if found and not constant_time_compare(self.mark, current):
            self.mark = current
            rows = [
                f"{label}　今の登録：{WITHHELD if stored.is_withheld else now or 'なし'}"
                f"　入力した内容：{then or 'なし'}"
                for label, now, then in found
            ]
            raise forms.ValidationError(
                [forms.ValidationError(text, code=CHANGED) for text in (CHANGED_MEANWHILE, *rows)]
            )
        return typed


@admin.register(Patron)
class ContactAdmin(CardBarcodeTool, WithholdingTool, LoginTools, PatronAdmin):
    """Patrons, with the contact data that staff correct."""

    form = CorrectionForm

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Show or change a patron; 409 where the data are others since the page was opened."""
        try:
            response = super().change_view(request, object_id, *args, **kwargs)
        except PatronErased:
            messages.error(request, ERASED_MEANWHILE)
            return redirect("admin:patrons_patron_change", object_id)
        context = getattr(response, "context_data", None) or {}
        if "adminform" in context and context["adminform"].form.has_error(
            NON_FIELD_ERRORS, CHANGED
        ):
            response.status_code = 409
        return response

    def save_model(
        self, request: HttpRequest, obj: Patron, form: CorrectionForm, change: bool
    ) -> None:
        typed = {name: form.cleaned_data[name] for name in CorrectionForm.Meta.fields}
        correct_contact(patron=obj, **typed)
