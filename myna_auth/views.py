"""To the identity service and back (RFC 6749 section 4.1, RFC 9207)."""

import logging
import re
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from myna_auth import errors, services
from myna_auth.models import AuthRequest
from myna_auth.pages import leads_to_identity_service
from myna_auth.provider import Provider
from myna_auth.purposes import IdentificationPurpose, find_identification_purpose
from myna_auth.session import browser_secret, ensure_browser_secret, keep_led_to, led_to

logger = logging.getLogger("myna_auth")

COME_AGAIN_SECONDS = 2
CODE = re.compile(r"[\x21-\x7e]{1,2048}")
# The callback's parameters that mean something; the service may add others.
MEANT = ("state", "code", "error", "iss")
CANCELLED = frozenset({"access_denied", "interaction_required", "consent_required"})
OUTAGE = frozenset({"temporarily_unavailable", "server_error"})


@login_not_required
@never_cache
@require_POST
@leads_to_identity_service
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the identity service for the purpose named in the form."""
    name = request.POST.get("purpose", "registration")
    if instead := find_identification_purpose(name).begin(request):
        return instead
    begun = services.begin_request(
        purpose=name,
        browser_secret=ensure_browser_secret(request.session),
        user=request.user if request.user.is_authenticated else None,
    )
    _log(logging.INFO, "started", name)
    return HttpResponseRedirect(Provider.from_settings().authorization_url(**begun._asdict()))


@login_not_required
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take the service's answer and go on at a clean address, whatever the answer was."""
    response = _answered(request)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _answered(request: HttpRequest) -> HttpResponse:
    state = "" if _is_repeated(request.GET, "state") else request.GET.get("state", "")
    # The session engine does more for answers that are lost than Django knows (ADR 0046).
    session: Any = request.session
    # Whoever brings both has what only this browser was sent, whatever cookies were planted in it.
    proof = f"{state} {request.GET.get('code', '')}"
    session.resume_lost_answer(answer=proof)
    try:
        auth_request, refusal = services.consume_request(
            state=state, browser_secret=browser_secret(session)
        )
    except errors.NotThisBrowser as error:
        if session.is_missing and services.is_being_answered(state=state):
            # Its session is being given a new key at this very moment.
            return _wait(request)
        _log(error.level, error.reason)
        return render(request, "myna_auth/other_browser.html", status=400)
    name = auth_request.purpose
    purpose = find_identification_purpose(name)
    try:
        if refusal:
            raise refusal
        if auth_request.user_id and request.user.pk not in (None, auth_request.user_id):
            # Logging in meanwhile is fine, and so is a login that has ended by its time-out: the
            # browser is the same, and what needs a login asks for it.
            raise errors.AnswerRejected("user_changed")
        code = _code_of(request.GET)
        # Keeps requests, jose and cryptography out of the web process until somebody comes back.
        from myna_auth import client

        identity = client.identify(
            Provider.from_settings(),
            code=code,
            nonce=auth_request.nonce,
            code_verifier=auth_request.code_verifier,
        )
    except errors.RequestRepeated as error:
        _log(error.level, error.reason, name)
        return _repeated(request, auth_request, state, purpose)
    except errors.MynaError as error:
        _log(error.level, error.reason, name)
        return _led(request, auth_request, purpose.interrupted(request, error.interruption.value))
    _log(logging.INFO, "identified", name)
    session.cycle_key(answer=proof)
    return _led(request, auth_request, purpose.complete(request, identity))


def _code_of(query: QueryDict) -> str:
    """Return the authorization code; raise Cancelled, ProviderUnavailable or AnswerRejected."""
    if any(_is_repeated(query, name) for name in MEANT):
        raise errors.AnswerRejected("callback_repeated_parameter")
    code, error = query.get("code", ""), query.get("error", "")
    if query.get("iss", settings.MYNA_ISSUER) != settings.MYNA_ISSUER:
        raise errors.AnswerRejected("callback_iss")
    if error and code:
        raise errors.AnswerRejected("callback_code_and_error")
    if error in CANCELLED:
        raise errors.Cancelled("cancelled")
    if error in OUTAGE:
        raise errors.ProviderUnavailable(f"callback_{error}", level=logging.WARNING)
    if error:
        raise errors.ProviderUnavailable("callback_error")
    if not CODE.fullmatch(code):
        raise errors.AnswerRejected("callback_code")
    return code


def _is_repeated(query: QueryDict, name: str) -> bool:
    return len(query.getlist(name)) > 1


def _led(request: HttpRequest, auth_request: AuthRequest, address: str) -> HttpResponse:
    """Go on at the address, also when this answer is lost and the browser comes again."""
    keep_led_to(request.session, auth_request.pk, address)
    # The session is stored here, with its cookie, so that whoever comes next finds all of it.
    response = HttpResponseRedirect(address)
    SessionMiddleware(lambda _: response).process_response(request, response)
    request.session.modified = False
    services.answer_request(pk=auth_request.pk)
    return response


def _repeated(
    request: HttpRequest, auth_request: AuthRequest, state: str, purpose: IdentificationPurpose
) -> HttpResponse:
    """Go where the first arrival was led, once it was; where the purpose says if nobody knows."""
    if address := led_to(request.session, auth_request.pk):
        return HttpResponseRedirect(address)
    is_replaced = not request.session.exists(request.session.session_key or "")
    if is_replaced or services.is_being_answered(state=state):
        return _wait(request)
    return HttpResponseRedirect(purpose.repeated(request))


def _wait(request: HttpRequest) -> HttpResponse:
    """Let the browser come again in a moment; no thread waits for the first arrival."""
    session: Any = request.session
    session.keeps_cookie = True
    response = render(request, "myna_auth/wait.html")
    response["Refresh"] = COME_AGAIN_SECONDS
    return response


@login_not_required
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """Publish our public keys; 503, which nobody may keep, while one of them cannot be read."""
    # Keeps cryptography out of the web process until somebody asks.
    from myna_auth.keys import KeyProblem, published_keys

    try:
        response = JsonResponse(published_keys(Provider.from_settings()))
    except KeyProblem:
        _log(logging.ERROR, "client_key")
        response = JsonResponse({"keys": []}, status=503)
        add_never_cache_headers(response)
        return response
    patch_cache_control(response, public=True, max_age=300)
    return response


def _log(level: int, reason: str, purpose: str = "") -> None:
    logger.log(
        level, "identification", extra={"event": "myna", "reason": reason, "purpose": purpose}
    )
