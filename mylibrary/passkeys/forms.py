"""What is sent: the form in which a passkey gets its name, and JSON from our own scripts."""

import json
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import wraps
from itertools import count
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import MAXIMUM_PASSKEY_NAME
from accounts.relying_party import MAXIMUM_PASSKEYS, TooManyPasskeys
from characters.text import StrOrPromise
from mylibrary.signin.authentication import NotReauthenticated
from patrons.normalize import has_forbidden_characters
from ui.browsers import device_of
from ui.forms import PlainForm, VisibleField
from ui.pages import with_full_stop, with_wait

# An authenticator's response has a few kilobytes, an attestation with certificates included.
MAXIMUM_BODY = 32 * 1024
UNREADABLE = _("送られた内容を読み取れませんでした。画面を開き直して、もう一度お試しください。")
TOO_MANY = format_lazy(
    _(
        "パスキーは、{count}個まで追加できます。"
        "使わないパスキーを削除してから、もう一度お試しください。"
    ),
    count=MAXIMUM_PASSKEYS,
)
FORBIDDEN_IN_NAME = _("使えない文字が入っています。別の名前にしてください")


def suggested_name(user_agent: str, taken: Collection[str]) -> str:
    """Return the kind of device a browser says it runs on, numbered where that name is taken."""
    kind = str(device_of(user_agent).own_name)
    if kind not in taken:
        return kind
    return next(name for number in count(2) if (name := f"{kind} {number}") not in taken)


class PasskeyNameForm(PlainForm):
    """What a patron calls a passkey."""

    name = VisibleField(
        label=_("パスキーの名前"),
        help_text=format_lazy(
            _("どの端末のパスキーか、あとで見分けるための名前です。{count}文字まで。"),
            count=MAXIMUM_PASSKEY_NAME,
        ),
        max_length=MAXIMUM_PASSKEY_NAME,
        widget=forms.TextInput({"autocomplete": "off", "class": "ctl--m"}),
        error_messages={
            "required": _("パスキーの名前を入力してください"),
            "max_length": format_lazy(
                _("パスキーの名前は、{count}文字までにしてください"), count=MAXIMUM_PASSKEY_NAME
            ),
            "null_characters_not_allowed": FORBIDDEN_IN_NAME,
        },
    )

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if has_forbidden_characters(name):
            raise ValidationError(FORBIDDEN_IN_NAME)
        return name


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
        except NotReauthenticated as refused:
            message, wait = with_full_stop(refused.message), refused.wait
            status = 429 if wait else 403
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
