"""認証, ログアウト, the own password (パスワード変更, パスワードを決める) and ログイン中の端末."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import Session
from accounts.services import (
    LoginAttempt,
    attempt_login,
    end_all_logins,
    end_login,
    end_other_logins,
)
from accounts.sessions import store_of
from characters.text import StrOrPromise
from mylibrary import session
from mylibrary.access import (
    must_choose_password,
    patron_of,
    patron_page,
    private,
    safe_next,
    to_password,
)
from mylibrary.bookshelf import wanted
from mylibrary.first_login.asking import ask_to_confirm, has_to_be_confirmed, scanned_patron
from mylibrary.patron_card import device
from mylibrary.signin.authentication import log_in_by_number, log_out
from mylibrary.signin.forms import LoginForm, NewPasswordForm, PasswordChangeForm
from mylibrary.signin.services import choose_password
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from patrons.models import FIRST_LOGIN_DAYS, Patron
from patrons.services import PasswordExists, PasswordWay, PatronErased, user_for
from registration.session import result_number, result_patron
from ui.pages import (
    LOGINS_REFUSED,
    button_of,
    open_form_page,
    render_form,
    sent_data,
    too_often,
    with_wait,
)

# One sentence for every failure, so that it does not tell whether a number is registered.
WRONG = _("貸出券の番号かパスワードが違います")
WRONG_SO_FAR = _("今のパスワードが違います。もう一度入力してください")


@open_form_page
@leads_to_identity_service
@sensitive_post_parameters()
def login(request: HttpRequest) -> HttpResponse:
    """認証: number and password; 422 when they are wrong, 429 when tried too often."""
    if request.method != "POST":
        scanned = scanned_patron(request)
        registered = scanned.number if scanned else result_number(request)
        patron = patron_of(request)
        if patron and registered in ("", patron.number):
            return redirect(safe_next(request))
        form = LoginForm(initial={"username": registered})
        return _login_page(request, form, scanned=scanned is not None)
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _login_page(request, form, status=422)
    attempt = attempt_login(
        request=request,
        patron_number=form.cleaned_data["username"],
        password=form.cleaned_data["password"],
    )
    has_own_password = attempt.user is not None and attempt.user.patron.has_own_password
    if attempt.is_birth_date_closed and not has_own_password:
        return _birth_date_closed(request)
    if attempt.user is None:
        return _refused(form, None, WRONG, attempt, partial(_login_page, request, form))
    if has_to_be_confirmed(request, attempt.user.patron):
        return ask_to_confirm(request, attempt.user.patron)
    return log_in_by_number(request, attempt.user)


@open_form_page
@button_of("mylibrary:menu")
def logout(request: HttpRequest) -> HttpResponse:
    """ログアウト: by its button only."""
    return log_out(request)


@leads_to_identity_service
@private
@sensitive_post_parameters()
def password(request: HttpRequest, patron: Patron) -> HttpResponse:
    """パスワード変更, and 新しいパスワードを決めてください at the first login."""
    first = not patron.has_own_password
    form_class = NewPasswordForm if first else PasswordChangeForm
    is_strong = session.is_strong_login(request)
    needs_card = first and is_strong and not session.has_authenticated_recently(request)
    if needs_card or request.method != "POST":
        return _password_page(request, form_class(patron=patron), needs_card=needs_card)
    form = form_class(request.POST, patron=patron)
    if not form.is_valid():
        return _password_page(request, form, status=422)
    if not first:
        attempt = attempt_login(
            request=request,
            again=True,
            patron_number=patron.number,
            password=form.cleaned_data["password"],
        )
        if attempt.user != request.user:
            page = partial(_password_page, request, form)
            return _refused(form, "password", WRONG_SO_FAR, attempt, page)
    try:
        user = choose_password(
            patron=patron, password=form.cleaned_data["new_password"], first=first
        )
    except PasswordExists:
        # Chosen at this very moment in another browser: now the one so far is asked for.
        return redirect("mylibrary:password")
    auth.update_session_auth_hash(request, user)
    session.keep_authenticated(request)
    end_other_logins(user=user, login_id=store_of(request).login_id)
    messages.success(
        request,
        gettext("パスワードを変更しました。次からは、新しいパスワードでログインしてください。"),
    )
    return redirect(safe_next(request))


@open_form_page
@sensitive_post_parameters()
def first_password(request: HttpRequest) -> HttpResponse:
    """パスワードを決める: for whom this browser registered, while the result is visible.

    Why it logs nobody in: docs/adr/0045-a-second-thing-at-the-first-login.md.
    """
    registered = result_patron(request)
    patron = Patron.objects.with_login(registered.pk) if registered else None
    if patron is None:
        return _first_password_over(request, chosen=False)
    if patron == patron_of(request):
        # Logged in by now: that page also keeps the session.
        return redirect("mylibrary:password")
    if request.method != "POST" and patron.has_own_password:
        return redirect("registration:result")
    form = NewPasswordForm(sent_data(request), patron=patron)
    if not form.is_valid():
        context = {"form": form, "number": patron.number}
        return render_form(request, "mylibrary/signin/first_password.html", context)
    password = form.cleaned_data["new_password"]
    try:
        choose_password(patron=patron, password=password, first=True, way=PasswordWay.RESULT)
    except PasswordExists:
        return _first_password_over(request, chosen=True)
    except PatronErased:
        return _first_password_over(request, chosen=False)
    return redirect("registration:result")


@patron_page
def sessions(request: HttpRequest, patron: Patron) -> HttpResponse:
    """ログイン中の端末: where this patron is logged in."""
    logins = Session.objects.logins_of(user_for(patron=patron)).active(timezone.now())
    device_card = device.of(patron)
    context = {
        "logins": logins,
        "own": store_of(request).login_id,
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
        "device_card": device_card,
    }
    return render(request, "mylibrary/signin/sessions.html", context)


@patron_page
@button_of("mylibrary:sessions")
def end_session(request: HttpRequest, patron: Patron) -> HttpResponse:
    """ログアウト of one device in the list."""
    try:
        login_id: UUID | None = UUID(request.POST.get("login", ""))
    except ValueError:
        login_id = None
    if login_id == store_of(request).login_id:
        return log_out(request)
    if login_id and end_login(user=user_for(patron=patron), login_id=login_id):
        messages.success(request, gettext("選んだ端末をログアウトしました。"))
    else:
        messages.info(request, gettext("選んだ端末は、すでにログアウトしています。"))
    return redirect("mylibrary:sessions")


@patron_page
@button_of("mylibrary:sessions")
def end_other_sessions(request: HttpRequest, patron: Patron) -> HttpResponse:
    """ほかの端末をすべてログアウト."""
    end_other_logins(user=user_for(patron=patron), login_id=store_of(request).login_id)
    device.end(patron=patron)
    messages.success(request, gettext("ほかの端末をすべてログアウトしました。"))
    return redirect("mylibrary:sessions")


@patron_page
@button_of("mylibrary:sessions")
def end_all_sessions(request: HttpRequest, patron: Patron) -> HttpResponse:
    """すべての端末からログアウト, this one included."""
    end_all_logins(user=user_for(patron=patron))
    device.end(patron=patron)
    return log_out(request)


@never_cache
@require_POST
def extend_session(request: HttpRequest) -> HttpResponse:
    """続ける: the idle time begins anew; answers with the seconds that are left."""
    store = store_of(request)
    store.extend()
    left = store.time_left
    if left is None:
        return redirect("mylibrary:login")
    return JsonResponse({"idle": left.idle, "absolute": left.absolute})


def _birth_date_closed(request: HttpRequest) -> HttpResponse:
    """Lead on to the other ways in, in the same words whether the birth date was right or not."""
    context = {"next": safe_next(request), **mynumber_notes(request)}
    return render(request, "mylibrary/first_login/birth_date_closed.html", context, status=403)


def _refused(
    form: LoginForm | NewPasswordForm,
    field: str | None,
    wrong: StrOrPromise,
    attempt: LoginAttempt,
    page: Callable[..., HttpResponse],
) -> HttpResponse:
    """Return the page that says why a password opened nothing; 429 when tried too often."""
    if attempt.wait is None:
        form.add_error(field, wrong)
        return page(status=422)
    form.add_error(field, too_often(LOGINS_REFUSED, attempt.wait))
    return with_wait(page(status=429), attempt.wait)


def _first_password_over(request: HttpRequest, *, chosen: bool) -> HttpResponse:
    template = "mylibrary/signin/first_password_over.html"
    return render(request, template, {"chosen": chosen}, status=409 if chosen else 410)


def _login_page(
    request: HttpRequest, form: LoginForm, *, scanned: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "refused": bool(form.non_field_errors()),
        "scanned": scanned,
        "first_login_days": FIRST_LOGIN_DAYS,
        "confirmation": settings.FIRST_LOGIN_CONFIRMATION,
        "next": safe_next(request),
        "back": reverse("registration:result" if result_number(request) else "home"),
        "ended": "" if form.is_bound else request.GET.get("ended", ""),
        "to_bookshelf": wanted.is_wanted(safe_next(request)),
        "by_mailed_link": safe_next(request).startswith(reverse("mylibrary:email_confirm")),
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/signin/login.html", context, status=status)


def _password_page(
    request: HttpRequest, form: NewPasswordForm, *, needs_card: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "first": not form.patron.has_own_password,
        "asked_for": must_choose_password(request, form.patron),
        "next": safe_next(request),
        "needs_card": needs_card,
        "here": to_password(safe_next(request)),
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/signin/password.html", context, status=status)
