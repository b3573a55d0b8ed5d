"""2段階認証 of staff: showing it after the password, setting it up, resetting a colleague's."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth import login as begin_login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import relying_party
from accounts.buckets import release
from accounts.relying_party import MAXIMUM_PASSKEYS, Ceremony, PasskeyRefused, take_challenge
from accounts.scripts import (
    ScriptRefused,
    for_script,
    json_object,
    passkey_refusal,
    proved_by_passkey,
    text_of,
)
from accounts.second_factor import services, totp
from accounts.second_factor.services import LastFactor, ResetReason
from accounts.second_factor.session import has_proved_recently, is_through, let_through, note_proof
from accounts.services import LOGIN_WAY, LoginWay, attempt_login
from accounts.sessions import store_of
from accounts.throttle import admit_code, remember_browser
from audit.enums import Event
from audit.services import record
from staff.base import member_of_staff
from staff.roles import RESET_SECOND_FACTOR
from staff.second_factor.forms import CodeForm, PasskeyNameForm, ResetForm
from ui.pages import LOGINS_REFUSED, button_of, form_page, local_path, sent_data, too_often
from ui.qr_code import qr_code

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Sealed, as in its row: until the app has shown a right code.
NEW_SECRET = "accounts_new_secret"  # noqa: S105
WRONG_CODE = "この数字、または予備コードでは確かめられませんでした。もう一度お試しください。"
WRONG_PASSWORD = "パスワードが違います。もう一度入力してください。"  # noqa: S105
NOT_ADDED = "このパスキーは追加できませんでした。もう一度お試しください。"
NOT_LOGGED_IN = (
    "このパスキーではログインできませんでした。ユーザー名とパスワードでログインしてください。"
)
PROVE_FIRST = "パスワードの確認から時間がたちました。画面を開き直して、入力してください。"
LAST = "2段階認証が必要なので、最後の1つは削除できません。先に、ほかの方法を追加してください。"


def setting_up(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open to whoever is through, and to whoever has nothing to show yet."""

    @wraps(view)
    def only(request: HttpRequest) -> HttpResponse:
        if not is_through(store_of(request)) and member_of_staff(request).has_second_factor:
            return redirect("admin:second_factor_check")
        return view(request)

    return only


def changing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As `setting_up`, to whoever has shown lately who it is."""

    @setting_up
    @wraps(view)
    def only(request: HttpRequest) -> HttpResponse:
        if not has_proved_recently(store_of(request)):
            return redirect("admin:second_factor")
        return view(request)

    return only


@form_page
def check(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor, and go on to the page that was asked for."""
    session, user = store_of(request), member_of_staff(request)
    if not is_through(session) and not user.has_second_factor:
        if settings.SECOND_FACTOR_REQUIRED:
            return redirect("admin:second_factor")
        let_through(session)
    path = local_path(request.GET.get("next", "")) or reverse("admin:index")
    if is_through(session):
        return redirect(path)
    form = CodeForm(sent_data(request))
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            admission = admit_code(request, user)
            if admission.wait:
                form.add_error("code", f"{too_often(LOGINS_REFUSED, admission.wait)}。")
                status = 429
            elif way := services.use_code(user=user, typed=form.cleaned_data["code"]):
                release(admission.buckets)
                if way == services.FactorWay.RECOVERY_CODE:
                    messages.warning(request, _said_of_codes(user.recovery_codes.count()))
                return _go_on(request, path)
            else:
                form.add_error("code", WRONG_CODE)
    context = {
        "form": form,
        "next": request.GET.get("next", ""),
        "has_passkey": user.passkeys.exists(),
    }
    return _page(request, "check", "2段階認証", status, **context)


@form_page
@setting_up
def own(request: HttpRequest) -> HttpResponse:
    """Show the own second factors; asks for the password before any of them can be changed."""
    user, refused, status = member_of_staff(request), "", 200
    if request.method == "POST":
        refused, status = _prove(request)
        if not refused:
            return redirect("admin:second_factor")
    taken = {passkey.name for passkey in user.passkeys.all()}
    names = ("セキュリティキー", *(f"セキュリティキー {n}" for n in range(2, MAXIMUM_PASSKEYS + 2)))
    context = {
        "refused": refused,
        "proved": has_proved_recently(store_of(request)),
        "app": getattr(user, "authenticator_app", None),
        "passkeys": user.passkeys.all(),
        "full": user.passkeys.count() >= MAXIMUM_PASSKEYS,
        "codes": user.recovery_codes.count(),
        "has_factor": user.has_second_factor,
        "required": settings.SECOND_FACTOR_REQUIRED,
        "is_through": is_through(store_of(request)),
        "form": PasskeyNameForm(
            initial={"name": next(each for each in names if each not in taken)}
        ),
        "may_reset": user.has_perm(RESET_SECOND_FACTOR),
    }
    return _page(request, "own", "2段階認証", status, **context)


@form_page
@changing
def app(request: HttpRequest) -> HttpResponse:
    """Show a new secret as a QR code and as text, until the app shows the right code."""
    user, session = member_of_staff(request), store_of(request)
    kept = session.get(NEW_SECRET, "")
    secret = totp.opened(kept.encode()) if kept else None
    if secret is None:
        secret = totp.new_secret()
        session[NEW_SECRET] = totp.sealed(secret).decode()
    form = CodeForm(sent_data(request))
    form.fields["code"].label = "アプリに表示された6けたの数字"
    if form.is_valid():
        if services.add_app(user=user, secret=secret, typed=form.cleaned_data["code"]):
            del session[NEW_SECRET]
            messages.success(request, "認証アプリを登録しました。")
            return _set_up(request)
        form.add_error("code", WRONG_CODE)
    context = {
        "form": form,
        "picture": qr_code(totp.address(secret=secret, username=user.get_username())),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    return _page(request, "app", "認証アプリの登録", 422 if form.is_bound else 200, **context)


@never_cache
@button_of("admin:second_factor")
@changing
def codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them, this once."""
    user = member_of_staff(request)
    if not user.has_second_factor:
        return redirect("admin:second_factor")
    made = services.make_recovery_codes(user=user)
    return _page(request, "codes", "予備コード", codes=made)


@never_cache
@require_POST
@for_script
@setting_up
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Tell the page's script what passkey to have made."""
    _named(json_object(request))
    user = member_of_staff(request)
    if not has_proved_recently(store_of(request)):
        raise ScriptRefused(PROVE_FIRST, status=403)
    asked = relying_party.begin_registration(user=user, user_name=user.get_username())
    relying_party.keep_challenge(request.session, Ceremony.REGISTRATION, asked["challenge"])
    return JsonResponse(asked)


@never_cache
@require_POST
@for_script
@setting_up
def passkey_add(request: HttpRequest) -> HttpResponse:
    """Store the passkey that was made; 422 when it cannot be one."""
    sent = json_object(request)
    name, made = _named(sent), sent.get("response")
    user = member_of_staff(request)
    try:
        # Given out by `passkey_options` alone.
        challenge = take_challenge(request.session, Ceremony.REGISTRATION, made)
        services.add_passkey(user=user, response=made, challenge=challenge, name=name)
    except PasskeyRefused as refused:
        raise passkey_refusal(refused, NOT_ADDED) from refused
    messages.success(request, f"パスキー「{name}」を追加しました。次から、これでログインできます。")
    return JsonResponse({"next": _set_up(request).url})


@never_cache
@button_of("admin:second_factor")
@changing
def remove(request: HttpRequest) -> HttpResponse:
    """Give up the app, or the passkey that is named."""
    user, what = member_of_staff(request), request.POST.get("what", "")
    try:
        if what == "app":
            services.remove_app(user=user)
        elif what.isascii() and what.isdigit() and len(what) < 19:
            services.remove_passkey(user=user, passkey_id=int(what))
    except LastFactor:
        messages.error(request, LAST)
    else:
        messages.success(request, "削除しました。")
    return redirect("admin:second_factor")


@form_page
def reset(request: HttpRequest) -> HttpResponse:
    """Reset a colleague's second factor, with a reason; nobody's own."""
    by = member_of_staff(request)
    if not by.has_perm(RESET_SECOND_FACTOR):
        record(Event.STAFF_REFUSED, object_type="accounts.user", reason="second_factor_reset")
        raise PermissionDenied
    form = ResetForm(sent_data(request), by=by)
    if form.is_valid():
        user, reason = form.cleaned_data["user"], ResetReason(form.cleaned_data["reason"])
        services.reset_second_factor(user=user, reason=reason)
        messages.success(request, f"{user} さんの2段階認証を解除しました。")
        return redirect("admin:second_factor_reset")
    status = 422 if form.is_bound else 200
    return _page(request, "reset", "2段階認証の解除", status, form=form)


@never_cache
@login_not_required
@require_POST
@for_script
def login(request: HttpRequest) -> HttpResponse:
    """Log in with a passkey, which is both factors; 422 when it proves nobody of the staff."""
    sent = json_object(request)
    path = local_path(text_of(sent, "next"))
    user = proved_by_passkey(
        request, sent.get("response"), services.staff_with_passkey, NOT_LOGGED_IN
    )
    setattr(request, LOGIN_WAY, LoginWay.PASSKEY)
    begin_login(request, user, backend=BACKEND)
    response = JsonResponse({"next": path or reverse("admin:index")})
    remember_browser(request, response, kind="staff", identifier=user.get_username())
    return response


def _prove(request: HttpRequest) -> tuple[str, int]:
    """Take the own password for a proof; return why it is none, with the answer's status."""
    user, password = member_of_staff(request), request.POST.get("password", "")
    attempt = attempt_login(
        request=request, again=True, username=user.get_username(), password=password
    )
    if attempt.wait:
        return f"{too_often(LOGINS_REFUSED, attempt.wait)}。", 429
    if attempt.user is None:
        record(
            Event.STAFF_LOGIN_FAILED,
            reason="wrong_password",
            object_type="accounts.user",
            object_id=user.pk,
        )
        return WRONG_PASSWORD, 422
    note_proof(store_of(request))
    return "", 200


def _set_up(request: HttpRequest) -> Any:
    """Go on after a factor was added, with what is still to be done: recovery codes."""
    return _go_on(request, reverse("admin:second_factor"))


def _go_on(request: HttpRequest, path: str) -> Any:
    """Let this login through, under a new key, and let the browser be known to its owner."""
    session, response = store_of(request), redirect(path)
    if not is_through(session):
        session.cycle_key()
        let_through(session)
        name = member_of_staff(request).get_username()
        remember_browser(request, response, kind="staff", identifier=name)
    return response


def _named(sent: dict[str, Any]) -> str:
    form = PasskeyNameForm({"name": text_of(sent, "name")})
    if not form.is_valid():
        raise ScriptRefused(str(form.errors["name"][0]), status=422)
    return form.cleaned_data["name"]


def _said_of_codes(left: int) -> str:
    return f"予備コードを1つ使いました。残りは{left}個です。「2段階認証」の画面で作り直せます。"


def _page(
    request: HttpRequest, name: str, title: str, status: int = 200, **context: Any
) -> TemplateResponse:
    shown = site.each_context(request) | {"title": title} | context
    if not is_through(store_of(request)):
        # The menu would lead back here.
        shown |= {"is_nav_sidebar_enabled": False, "available_apps": []}
    return TemplateResponse(request, f"admin/second_factor/{name}.html", shown, status=status)
