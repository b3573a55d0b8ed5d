"""パスワードを忘れた方: the ways to a new password, and the one by mail; 心当たりのない変更."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.sessions import store_of
from accounts.throttle import forgive
from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import closed_to_withheld, patron_page
from mylibrary.errors import TooOften
from mylibrary.reset.asking import ask_for_reset
from mylibrary.reset.forms import ResetForm
from mylibrary.reset.models import ResetStop
from mylibrary.reset.services import allow_resets, look_at_reset, stop_resets, use_reset
from mylibrary.signin.forms import NewPasswordForm
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from notices.enclosures import KEY, MailedLinkDead
from patrons.models import Patron
from ui.pages import open_form_page, open_page, render_form, sent_data, too_often, with_wait


@open_form_page
@sensitive_post_parameters()
@leads_to_identity_service
def password_reset(request: HttpRequest) -> HttpResponse:
    """パスワードを忘れた方: the ways to the number and a new password; asks for one by mail."""
    if request.method != "POST":
        return _ask_page(request, ResetForm())
    form = ResetForm(request.POST)
    if not form.is_valid():
        return _ask_page(request, form, status=422)
    try:
        ask_for_reset(request=request, **form.cleaned_data)
    except TooOften as refusal:
        form.add_error(None, too_often(_("申し込みが続いています"), refusal.wait))
        return with_wait(_ask_page(request, form, status=429), refusal.wait)
    return redirect("mylibrary:reset_sent")


@open_page
def sent(request: HttpRequest) -> HttpResponse:
    """メールをご確認ください: the same for everybody, whether a mail is on its way or not."""
    return render(request, "mylibrary/reset/sent.html")


@open_page
def link(request: HttpRequest) -> HttpResponse:
    """Take the key of a mailed link out of the address; nothing is used up by that.

    The site's `Referrer-Policy` would still let this address go along to its own pages.
    """
    key = request.GET.get(KEY, "")
    try:
        look_at_reset(key=key)
    except MailedLinkDead:
        response = _over(request)
    else:
        session.keep_reset_key(request, key)
        response = redirect("mylibrary:reset_password")
    response["Referrer-Policy"] = "no-referrer"
    return response


@open_form_page
@sensitive_post_parameters()
def new_password(request: HttpRequest) -> HttpResponse:
    """新しいパスワードを決める, for whoever came by a mailed link.

    It shows no number and logs nobody in: who only reads the mailbox gets no further.
    """
    key = session.reset_key(request)
    if not key:
        # Where it was used, the answer of before was lost.
        return redirect("mylibrary:password_reset" if key is None else "mylibrary:reset_done")
    try:
        patron = look_at_reset(key=key)
        form = NewPasswordForm(sent_data(request), patron=patron)
        if not form.is_valid():
            return render_form(request, "mylibrary/reset/new_password.html", {"form": form})
        use_reset(key=key, password=form.cleaned_data["new_password"])
    except MailedLinkDead:
        session.forget_reset_key(request)
        return _over(request)
    session.use_reset_key(request)
    forgive(request, kind="patron", identifier=patron.number)
    return redirect("mylibrary:reset_done")


@open_page
def done(request: HttpRequest) -> HttpResponse:
    """パスワードを変更しました, and on to the login."""
    session.forget_reset_key(request)
    return render(request, "mylibrary/reset/done.html")


@leads_to_identity_service
@patron_page
@closed_to_withheld
def unknown_change(request: HttpRequest, patron: Patron) -> HttpResponse:
    """心当たりのない変更: stop or allow resets by mail, for a patron who has just read the card."""
    shown = session.has_read_mynumber(request)
    if request.method == "POST":
        if shown and "stop" in request.POST:
            if stop_resets(patron=patron, login_id=store_of(request).login_id):
                messages.success(request, _("E-mailでのパスワードの再設定を止めました。"))
        elif shown and "allow" in request.POST and allow_resets(patron=patron):
            messages.success(request, _("E-mailでのパスワードの再設定を再開しました。"))
        return redirect("mylibrary:unknown_change")
    context = {
        "stop": ResetStop.objects.filter(patron=patron).first(),
        "shown": shown,
        "here": request.path,
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/reset/unknown_change.html", context)


def _ask_page(request: HttpRequest, form: ResetForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "refusal": _("受け付けを止めています") if form.non_field_errors() else "",
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/reset/ask.html", context, status=status)


def _over(request: HttpRequest) -> HttpResponse:
    record(Event.RESET_REFUSED)
    return render(request, "mylibrary/reset/over.html", status=410)
