"""Requests of our own scripts: a JSON object arrives, a JSON object goes back."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

# An authenticator's response has a few kilobytes, an attestation with certificates included.
MAXIMUM_BODY = 32 * 1024
UNREADABLE = "送られた内容を読み取れませんでした。画面を開き直して、もう一度お試しください。"


class ScriptRefused(Exception):
    """A script's request is answered with `message`, the sentence that it shows."""

    def __init__(self, message: str, *, status: int, wait_seconds: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.wait_seconds = wait_seconds


def for_script(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer what a view refuses with the sentence to show, as `message`."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ScriptRefused as refused:
            response = JsonResponse({"message": refused.message}, status=refused.status)
            if refused.wait_seconds:
                response["Retry-After"] = refused.wait_seconds
            return response

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
        raise ScriptRefused(UNREADABLE, status=400) from None
    if not isinstance(sent, dict):
        raise ScriptRefused(UNREADABLE, status=400)
    return sent


def text_of(sent: dict[str, Any], name: str) -> str:
    """Return a text of what a script sent, "" where it is left out."""
    text = sent.get(name, "")
    if not isinstance(text, str):
        raise ScriptRefused(UNREADABLE, status=400)
    return text
