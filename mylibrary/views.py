"""My Library's pages of the person who is logged in (manual, step 10)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.services import in_words
from mylibrary.access import patron_page
from mylibrary.errors import TooManyChanges
from mylibrary.forms import ContactForm
from mylibrary.models import KanaChange
from mylibrary.moves import refusal_of
from mylibrary.services import update_contact
from mylibrary.standing import standing_of
from myna_auth.pages import card_notes, leads_to_identity_service
from notices.models import Notice
from patrons.enums import ContactMethod
from patrons.models import Patron


@patron_page
def menu(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Myライブラリ: the menu."""
    unread = Notice.objects.inbox_of(patron).unread().count()
    return render(request, "mylibrary/menu.html", {"patron": patron, "unread": unread})


@leads_to_identity_service
@patron_page
def profile(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者情報: what is registered, and what the card can do for it."""
    context = {
        "patron": patron,
        "contact_method": ContactMethod(patron.contact_method).label,
        **standing_of(patron)._asdict(),
        "refused": refusal_of(request),
        "kana_waiting": KanaChange.objects.waiting_of(patron),
        **card_notes(request),
    }
    return render(request, "mylibrary/profile.html", context)


@patron_page
def profile_edit(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者情報変更: telephone, e-mail and how to be told of reserved items."""
    if request.method != "POST":
        return _edit_page(request, ContactForm(patron=patron))
    form = ContactForm(request.POST, patron=patron)
    if not form.is_valid():
        return _edit_page(request, form, status=422)
    try:
        change = update_contact(patron=patron, **form.cleaned_data)
    except TooManyChanges as refusal:
        wait = in_words(refusal.wait)
        form.add_error(
            "email", f"E-mailの変更が続いています。{wait}ほど待ってから、もう一度お試しください"
        )
        return _edit_page(request, form, status=429)
    done = "利用者情報を変更しました。"
    if change.mailed:
        done += "新しいE-mailに、登録申請受付メールを送ります。"
    messages.success(request, done)
    return redirect("mylibrary:profile")


def _edit_page(request: HttpRequest, form: ContactForm, *, status: int = 200) -> HttpResponse:
    return render(request, "mylibrary/profile_edit.html", {"form": form}, status=status)
