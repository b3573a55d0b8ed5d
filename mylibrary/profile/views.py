"""利用者情報 and its changes: contact data, an address by a mailed link, what a move outdated."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import closed_to_withheld, patron_page
from mylibrary.errors import PageStale, TooOften
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest
from mylibrary.profile.forms import OUTDATED_FIELDS, ContactForm, OutdatedForm
from mylibrary.profile.models import EmailConfirmation
from mylibrary.profile.purpose import refusal_of
from mylibrary.profile.services import (
    MailedLinkOfAnother,
    cancel_email_change,
    confirm_email,
    confirm_moved,
    differences,
    look_at_confirmation,
    mark_of,
    moved_mark_of,
    send_confirmation,
    update_contact,
)
from mylibrary.reset.models import ResetStop
from mylibrary.signin.authentication import NotReauthenticated, reauthenticate
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from notices.enclosures import KEY, MailedLinkDead
from notices.enums import MailState, NoticeKind
from notices.models import Notice
from notices.texts import minute
from patrons import privacy_notice
from patrons.models import ContactMethod, Patron
from patrons.services import choose_language
from registration.application.forms import keepable_values
from ui import languages
from ui.pages import button_of, sentences, too_often, with_full_stop
from ui.stale_page import Shown

DONE = _("利用者情報を変更しました。")


@leads_to_identity_service
@patron_page
@closed_to_withheld
@sensitive_post_parameters()
def profile_edit(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者情報変更: telephone, e-mail and how to be told of reserved items.

    A new e-mail asks who it is where that was not proved just now.
    """
    proved = session.has_authenticated_recently(request)
    asks = patron.has_own_password and not proved
    if request.method != "POST":
        return _edit_page(request, patron, ContactForm(patron=patron, asks_password=asks))
    mark = Shown.sent(request.POST).mark
    if languages.FIELD in request.POST:
        languages.switch(request)
        choose_language(patron=patron, language=get_language() or "")
        typed = ContactForm(patron=patron, asks_password=asks, typed=keepable_values(request.POST))
        return _edit_page(request, patron, typed, mark=mark)
    form = ContactForm(request.POST, patron=patron, asks_password=asks)
    if not form.is_valid():
        return _edit_page(request, patron, form, mark=mark, status=422)
    password = form.cleaned_data.pop("password", "")
    try:
        if not proved and form.cleaned_data["email"] not in ("", patron.email):
            reauthenticate(request=request, patron=patron, password=password)
            # Proved by now: a question does not ask for the password once more.
            form = ContactForm(request.POST, patron=patron)
            form.is_valid()
        if form.questions:
            return _edit_page(request, patron, form, mark=mark, status=422)
        shown = privacy_notice.shown(request.POST.get(privacy_notice.FIELD, ""))
        mails = update_contact(patron=patron, mark=mark, privacy_version=shown, **form.cleaned_data)
    except NotReauthenticated as refusal:
        form.add_error("password" if patron.has_own_password else "email", refusal.message)
        return _edit_page(request, patron, form, mark=mark, status=refusal.status)
    except PageStale as conflict:
        return _edit_page(request, conflict.patron, form, status=409)
    except TooOften as refusal:
        form.add_error("email", too_often(gettext("E-mailの変更が続いています"), refusal.wait))
        return _edit_page(request, patron, form, mark=mark, status=429)
    done = [DONE]
    if NoticeKind.REGISTRATION_RECEIVED in mails:
        done.append(_("新しいE-mailに、登録申請受付メールを送ります。"))
    if NoticeKind.EMAIL_CONFIRMATION in mails:
        done.append(_("新しいE-mailに確認メールを送るので、届いたらリンクを開いてください。"))
    messages.success(request, sentences(*done))
    return redirect("mylibrary:profile")


@patron_page
@closed_to_withheld
@button_of("mylibrary:profile")
def email_send(request: HttpRequest, patron: Patron) -> HttpResponse:
    """確認メールを送る: the link, to the address that is still to be confirmed."""
    try:
        if send_confirmation(patron=patron):
            messages.success(
                request, gettext("確認メールを送ります。届いたら、メールのリンクを開いてください。")
            )
    except TooOften as refusal:
        said = too_often(gettext("確認メールが続いています"), refusal.wait)
        messages.info(request, with_full_stop(said))
    return redirect("mylibrary:profile")


@patron_page
@closed_to_withheld
@button_of("mylibrary:profile")
def email_cancel(request: HttpRequest, patron: Patron) -> HttpResponse:
    """変更をやめる: the new address is forgotten, the one on record stays."""
    if cancel_email_change(patron=patron):
        messages.success(request, gettext("E-mailの変更をやめました。"))
    return redirect("mylibrary:profile")


@patron_page
@closed_to_withheld
def email_confirm(request: HttpRequest, patron: Patron) -> HttpResponse:
    """E-mailの確認: where a mailed link leads. Its button confirms; opening it changes nothing."""
    key = (request.POST if request.method == "POST" else request.GET).get(KEY, "")
    if request.method == "POST" and session.has_confirmed_link(request, key):
        return redirect("mylibrary:profile")
    try:
        if request.method == "POST":
            stored = confirm_email(patron=patron, key=key)
            same = stored.email == patron.email
            messages.success(
                request,
                gettext("E-mailを確認しました。") if same else gettext("E-mailを変更しました。"),
            )
            session.keep_confirmed_link(request, key)
            return redirect("mylibrary:profile")
        confirmation = look_at_confirmation(patron=patron, key=key)
    except MailedLinkDead:
        record(Event.ADDRESS_REFUSED, patron_id=patron.pk, reason="over")
        return render(request, "mylibrary/profile/email_over.html", status=410)
    except MailedLinkOfAnother:
        record(Event.ADDRESS_REFUSED, patron_id=patron.pk, reason="of_another")
        return render(request, "mylibrary/profile/email_of_another.html", status=403)
    context = {"patron": patron, "email": confirmation.email, "key": key}
    return render(request, "mylibrary/profile/email_confirm.html", context)


def _edit_page(
    request: HttpRequest,
    patron: Patron,
    form: ContactForm,
    *,
    mark: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the form; `mark` is what an earlier page showed, where that still is to be compared."""
    state = _email_state(patron)
    waiting = state["waiting"]
    context = {
        "patron": patron,
        "form": form,
        "mark": mark_of(patron, waiting) if mark is None else mark,
        "differences": differences(patron, waiting, form.cleaned_data) if status == 409 else (),
        "needs_card": not (patron.has_own_password or session.has_authenticated_recently(request)),
        "here": request.path,
        "open_form": "entry",
        **mynumber_notes(request),
        **state,
    }
    return render(request, "mylibrary/profile/edit.html", context, status=status)


@leads_to_identity_service
@patron_page
def profile(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者情報: what is registered, and what the card can do for it."""
    context = {
        "patron": patron,
        "contact_method": ContactMethod(patron.contact_method).label,
        **_profile_status(patron),
        **_moved_words(patron),
        "refused": refusal_of(request),
        "kana_waiting": KanaRequest.objects.waiting_of(patron),
        **_email_state(patron),
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/profile/profile.html", context)


def _email_state(patron: Patron) -> dict[str, Any]:
    """Return what `profile/email_state.html` shows: the address to be confirmed, and its end.

    `undelivered` says that the last mail to it was given up.
    """
    waiting = EmailConfirmation.objects.current().of(patron).first()
    if waiting is None or patron.is_withheld:
        return {"waiting": None, "until": "", "undelivered": False}
    mail = Notice.objects.to_mailbox_of(patron).filter(recipient=waiting.email).first()
    return {
        "waiting": waiting,
        "until": minute(waiting.expires_at),
        "undelivered": mail is not None and mail.mail_state == MailState.FAILED,
    }


def _profile_status(patron: Patron) -> Mapping[str, object]:
    """Return what the profile says beside the record itself, looked up in one query."""
    return Patron.objects.values(
        linked=Exists(patron.identity_links.opening()),
        erasure_requested=Exists(ErasureRequest.objects.of_patron(patron).open()),
        resets_stopped=Exists(ResetStop.objects.filter(patron=patron)),
    ).get(pk=patron.pk)


@patron_page
@closed_to_withheld
def moved(request: HttpRequest, patron: Patron) -> HttpResponse:
    """郵便番号とカタカナを確かめてください: what a move made outdated and no card tells."""
    if request.method != "POST":
        if not _is_outdated(patron):
            return redirect("mylibrary:profile")
        return _moved_page(request, patron, OutdatedForm(patron=patron))
    mark = Shown.sent(request.POST).mark
    if mark != moved_mark_of(patron):
        return _moved_stale(request, patron)
    form = OutdatedForm(request.POST, patron=patron)
    if not form.is_valid() or form.questions:
        return _moved_page(request, patron, form, status=422)
    try:
        confirm_moved(patron=patron, mark=mark, **form.confirmed())
    except PageStale as conflict:
        return _moved_stale(request, conflict.patron)
    messages.success(request, DONE)
    return redirect("mylibrary:profile")


def _moved_words(patron: Patron) -> dict[str, str]:
    """Return what a move made outdated (`what`), and what has changed by it (`changed`)."""
    if patron.kana_outdated and patron.postal_code_outdated:
        return {"what": gettext("郵便番号とカタカナ"), "changed": gettext("名前と住所")}
    if patron.kana_outdated:
        return {"what": pgettext("moved", "カタカナ"), "changed": pgettext("moved", "名前")}
    return {"what": pgettext("moved", "郵便番号"), "changed": pgettext("moved", "住所")}


def _is_outdated(patron: Patron) -> bool:
    return patron.kana_outdated or patron.postal_code_outdated


def _moved_stale(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Show what is stored by now, with what was typed: nothing of that is stored."""
    if not _is_outdated(patron):
        return _confirmed_elsewhere(request, patron)
    stored = {name: getattr(patron, name) for name in OUTDATED_FIELDS}
    form = OutdatedForm(stored | request.POST.dict(), patron=patron)
    form.is_valid()  # so that an unknown postal code is asked about on the same page
    return _moved_page(request, patron, form, status=409)


def _confirmed_elsewhere(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Say what is stored where that is not what was typed: nothing is left to confirm."""
    asked = [name for name in OUTDATED_FIELDS if name in request.POST]
    form = OutdatedForm(request.POST, patron=patron, asked=asked)
    form.is_valid()
    typed = {name: form.cleaned_data.get(name, request.POST[name]) for name in asked}
    others = [
        (form.fields[name].label, getattr(patron, name), typed[name])
        for name in asked
        if typed[name] != getattr(patron, name)
    ]
    # A second press of the same button finds what the first one has stored.
    if not others:
        messages.success(request, DONE)
        return redirect("mylibrary:profile")
    context = {"differences": others}
    return render(request, "mylibrary/profile/moved_over.html", context, status=409)


def _moved_page(
    request: HttpRequest, patron: Patron, form: OutdatedForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "patron": patron,
        "form": form,
        "mark": moved_mark_of(patron),
        **_moved_words(patron),
        "is_conflict": status == 409,
    }
    return render(request, "mylibrary/profile/moved.html", context, status=status)
