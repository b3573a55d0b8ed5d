"""パスワードを忘れた方: the ways to a new password, and the one by mail."""

from collections.abc import Callable
from math import ceil

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.services import in_words
from accounts.throttle import forgive
from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.errors import TooOften
from mylibrary.reset.asking import ask_for_reset
from mylibrary.reset.forms import ResetForm
from mylibrary.reset.services import look_at_reset, use_reset
from mylibrary.signin.forms import NewPasswordForm
from myna_auth.pages import card_notes, leads_to_identity_service
from notices.errors import LinkDead
from notices.links import KEY
from patrons import privacy_notice

View = Callable[[HttpRequest], HttpResponse]


def _page(view: View) -> View:
    """Make a view a page with a form that is open to everybody and never stored."""
    guarded = require_http_methods(["GET", "HEAD", "POST"])(sensitive_post_parameters()(view))
    return never_cache(login_not_required(guarded))


def _message(view: View) -> View:
    """Make a view a page that is open to everybody and only says something."""
    return never_cache(login_not_required(require_safe(view)))


@_page
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
        wait = in_words(refusal.wait)
        form.add_error(
            None, f"申し込みが続いています。{wait}ほど待ってから、もう一度お試しください"
        )
        response = _ask_page(request, form, status=429)
        response["Retry-After"] = ceil(refusal.wait.total_seconds())
        return response
    return redirect("mylibrary:reset_sent")


@_message
def sent(request: HttpRequest) -> HttpResponse:
    """メールをご確認ください: the same for everybody, whether a mail is on its way or not."""
    return render(request, "mylibrary/reset/sent.html")


@_message
def link(request: HttpRequest) -> HttpResponse:
    """Take the key of a mailed link out of the address; nothing is used up by that.

    The site's `Referrer-Policy` would still let this address go along to its own pages.
    """
    key = request.GET.get(KEY, "")
    try:
        look_at_reset(key=key)
    except LinkDead:
        response = _over(request)
    else:
        session.keep_reset_key(request, key)
        response = redirect("mylibrary:reset_password")
    response["Referrer-Policy"] = "no-referrer"
    return response


@_page
def new_password(request: HttpRequest) -> HttpResponse:
    """新しいパスワードを決める, for whoever came by a mailed link.

    It shows no number and logs nobody in: who only reads the mailbox gets no further.
    """
    key = session.reset_key(request)
    if not key:
        # The answer of before may have been lost.
        is_done = session.has_used_reset_key(request)
        return redirect("mylibrary:reset_done" if is_done else "mylibrary:password_reset")
    try:
        patron = look_at_reset(key=key)
        if request.method != "POST":
            return _password_page(request, NewPasswordForm(patron=patron))
        form = NewPasswordForm(request.POST, patron=patron)
        if not form.is_valid():
            return _password_page(request, form, status=422)
        use_reset(key=key, password=form.cleaned_data["new_password"])
    except LinkDead:
        session.forget_reset_key(request)
        return _over(request)
    session.use_reset_key(request)
    forgive(request, kind="patron", identifier=patron.number)
    return redirect("mylibrary:reset_done")


@_message
def done(request: HttpRequest) -> HttpResponse:
    """パスワードを変更しました, and on to the login."""
    session.forget_reset_key(request)
    return render(request, "mylibrary/reset/done.html")


def _ask_page(request: HttpRequest, form: ResetForm, *, status: int = 200) -> HttpResponse:
    refusal = "受け付けを止めています" if form.non_field_errors() else ""
    context = {
        "form": form,
        "refusal": refusal,
        "purpose_of_use": privacy_notice.CURRENT,
        **card_notes(request),
    }
    return render(request, "mylibrary/reset/ask.html", context, status=status)


def _password_page(
    request: HttpRequest, form: NewPasswordForm, *, status: int = 200
) -> HttpResponse:
    return render(request, "mylibrary/reset/new_password.html", {"form": form}, status=status)


def _over(request: HttpRequest) -> HttpResponse:
    record(Event.RESET_REFUSED)
    return render(request, "mylibrary/reset/over.html", status=410)
