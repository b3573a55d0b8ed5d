"""What scripts of ours send, and how they are answered: JSON, a refusal with its sentence."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import relying_party
from accounts.buckets import give_back, reserve
from accounts.relying_party import (
    MAXIMUM_PASSKEYS,
    Ceremony,
    PasskeyRefusal,
    PasskeyRefused,
    TooManyPasskeys,
)
from accounts.throttle import reserve_write, visitor_buckets
from audit.enums import Event
from audit.services import record
from characters.text import StrOrPromise
from ui.pages import LOGINS_REFUSED, too_often, with_full_stop, with_wait

Found = TypeVar("Found")

# An authenticator's response has a few kilobytes, an attestation with certificates included.
MAXIMUM_BODY = 32 * 1024
UNREADABLE = _("送られた内容を読み取れませんでした。画面を開き直して、もう一度お試しください。")
LATE = _("パスキーの確認の時間が過ぎました。もう一度ボタンを押してください。")
TOO_MANY = format_lazy(
    _(
        "パスキーは、{count}個まで追加できます。"
        "使わないパスキーを削除してから、もう一度お試しください。"
    ),
    count=MAXIMUM_PASSKEYS,
)


class ScriptRefused(Exception):
    """A script's request is answered with `message`, the sentence that it shows."""

    def __init__(
        self, message: StrOrPromise, *, status: int, wait: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.wait = wait


def for_script(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer what a view refuses with the sentence to show, as `message`."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ScriptRefused as refused:
            message, status, wait = refused.message, refused.status, refused.wait
        except TooManyPasskeys:
            message, status, wait = str(TOO_MANY), 409, None
        response = JsonResponse({"message": message}, status=status)
        return with_wait(response, wait) if wait else response

    return answering


def json_object(request: HttpRequest) -> dict[str, Any]:
    """Return the object that a script sent; ScriptRefused for anything else."""
    if request.content_type != "application/json":
        raise ScriptRefused(UNREADABLE, status=415)
    try:
        body = request.body
    except RequestDataTooBig:
        raise ScriptRefused(UNREADABLE, status=413) from None
    if len(body) > MAXIMUM_BODY:
        raise ScriptRefused(UNREADABLE, status=413)
    try:
        sent = json.loads(body)
        # JSON can name half a character, which nothing can store or put into an address.
        json.dumps(sent, ensure_ascii=False).encode()
    except (RecursionError, ValueError):
        sent = None
    if not isinstance(sent, dict):
        raise ScriptRefused(UNREADABLE, status=400)
    return sent


def text_of(sent: dict[str, Any], name: str) -> str:
    """Return a text of what a script sent, "" where it is left out."""
    text = sent.get(name, "")
    if not isinstance(text, str):
        raise ScriptRefused(UNREADABLE, status=400)
    return text


def too_often_for_script(wait: timedelta) -> ScriptRefused:
    """Return the refusal of whoever tried to log in too often."""
    said = with_full_stop(too_often(LOGINS_REFUSED, wait))
    return ScriptRefused(said, status=429, wait=wait)


def passkey_refusal(refused: PasskeyRefused, message: StrOrPromise) -> ScriptRefused:
    """Record why a passkey was refused; return the refusal, with `message` unless it was late."""
    record(Event.PASSKEY_REFUSED, reason=refused.reason)
    late = refused.reason == PasskeyRefusal.CHALLENGE
    return ScriptRefused(LATE if late else message, status=422)


def proved_by_passkey(
    request: HttpRequest,
    response: Any,
    find: Callable[..., Found],
    not_found: StrOrPromise,
) -> Found:
    """Return whom a passkey proves at a login, by `find(response=…, challenge=…)`.

    ScriptRefused with `not_found`, 422, where it proves nobody, and 429 when an address tried too
    often.
    """
    buckets = visitor_buckets(request, kind="passkey")
    if wait := reserve(buckets):
        raise too_often_for_script(wait)
    try:
        challenge = relying_party.take_challenge(request.session, Ceremony.LOGIN, response)
        found = find(response=response, challenge=challenge)
    except PasskeyRefused as refused:
        raise passkey_refusal(refused, not_found) from refused
    give_back(buckets)
    return found


@never_cache
@login_not_required
@require_POST
@for_script
def passkey_login_options(request: HttpRequest) -> HttpResponse:
    """Tell a login page's script what to ask an authenticator for; 429 as for a login."""
    if wait := reserve_write(request):
        raise too_often_for_script(wait)
    asked = relying_party.request_options()
    relying_party.keep_challenge(request.session, Ceremony.LOGIN, asked["challenge"])
    return JsonResponse(asked)
