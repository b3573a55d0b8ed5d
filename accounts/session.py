"""What the accounts keep in a browser's session: the challenges it may answer, each once."""

import json
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode

from accounts.models import Session
from accounts.relying_party import PasskeyRefusal, PasskeyRefused
from accounts.timeouts import CLOCK_SKEW

CHALLENGES = "accounts_challenges_"
CHALLENGE_LASTS = timedelta(minutes=5)
# Several tabs may wait for an answer at the same time.
OPEN_CHALLENGES = 5


class Ceremony(StrEnum):
    """What an authenticator is asked to sign for."""

    REGISTRATION = "registration"
    LOGIN = "login"


def keep_session(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Store the session and send its cookie along with a 5xx, where Django's middleware does not.

    For a page of ours that refuses something and has kept what was typed.
    """
    kept = SessionMiddleware(lambda _: response).process_response(request, HttpResponse())
    response.cookies.update(kept.cookies)
    return response


def keep_challenge(session: SessionBase, ceremony: Ceremony, challenge: str) -> None:
    """Let this browser answer a challenge (base64url) within CHALLENGE_LASTS."""
    until = timezone.now() + CHALLENGE_LASTS
    kept = _open(session.get(CHALLENGES + ceremony, []))[1 - OPEN_CHALLENGES :]
    session[CHALLENGES + ceremony] = [*kept, [challenge, until.timestamp()]]


def take_challenge(session: SessionBase, ceremony: Ceremony, response: Any) -> str:
    """Return the challenge that an authenticator's response names, and forget it for good.

    Whatever else is wrong with the response, it has had its one try. PasskeyRefused where this
    browser was not given the challenge, or too long ago, or has answered it already.
    """
    with transaction.atomic():
        # Of two responses that arrive together the later one waits here, and finds it gone.
        rows = Session.objects.select_for_update().filter(pk=session.session_key)
        if session.session_key is None or not rows.values_list("pk"):
            raise PasskeyRefused(PasskeyRefusal.CHALLENGE)
        try:
            client_data = json.loads(urlsafe_base64_decode(response["response"]["clientDataJSON"]))
            named = str(client_data["challenge"])
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            raise PasskeyRefused(PasskeyRefusal.CHALLENGE) from None
        stored = type(session)(session.session_key)
        kept = _open(stored.get(CHALLENGES + ceremony, []))
        others = [[challenge, until] for challenge, until in kept if challenge != named]
        if len(others) == len(kept):
            # Nothing is written: the session may be about to end by the response that came first.
            raise PasskeyRefused(PasskeyRefusal.CHALLENGE)
        stored[CHALLENGES + ceremony] = session[CHALLENGES + ceremony] = others
        stored.save()
    return named


def _open(challenges: list[list[Any]]) -> list[list[Any]]:
    now = timezone.now().timestamp()
    # No challenge lasts longer: what does was given by a clock that was ahead.
    latest = now + (CHALLENGE_LASTS + CLOCK_SKEW).total_seconds()
    return [[challenge, until] for challenge, until in challenges if now < until <= latest]
