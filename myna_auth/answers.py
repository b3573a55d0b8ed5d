"""What the browser brings back from the identity service (RFC 6749 section 4.1.2, RFC 9207)."""

import logging
import re
from dataclasses import dataclass

from django.conf import settings
from django.http import QueryDict

from myna_auth.errors import AnswerRejected, Cancelled, ProviderUnavailable

CODE = re.compile(r"[\x21-\x7e]{1,2048}")
CANCELLED = frozenset({"access_denied", "interaction_required", "consent_required"})
OUTAGE = frozenset({"temporarily_unavailable", "server_error"})


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The callback's parameters that mean something; the service may add others.

    A parameter that came twice is in `repeated`, its value is not used.
    """

    state: str
    code: str
    error: str
    issuer: str | None
    repeated: bool


def read_parameters(query: QueryDict) -> Parameters:
    repeated = any(len(query.getlist(name)) > 1 for name in ("state", "code", "error", "iss"))
    return Parameters(
        state="" if len(query.getlist("state")) > 1 else query.get("state", ""),
        code=query.get("code", ""),
        error=query.get("error", ""),
        issuer=query.get("iss"),
        repeated=repeated,
    )


def check_parameters(parameters: Parameters) -> str:
    """Return the authorization code; raise Cancelled, ProviderUnavailable or AnswerRejected."""
    if parameters.repeated:
        raise AnswerRejected("callback_repeated_parameter")
    if parameters.issuer is not None and parameters.issuer != settings.MYNA_ISSUER:
        raise AnswerRejected("callback_iss")
    if parameters.error and parameters.code:
        raise AnswerRejected("callback_code_and_error")
    if parameters.error in CANCELLED:
        raise Cancelled("cancelled")
    if parameters.error in OUTAGE:
        raise ProviderUnavailable(f"callback_{parameters.error}", level=logging.WARNING)
    if parameters.error:
        raise ProviderUnavailable("callback_error")
    if not CODE.fullmatch(parameters.code):
        raise AnswerRejected("callback_code")
    return parameters.code


def check_user(started_by: int | None, now: int | None) -> None:
    """Refuse an answer when somebody else has logged in since.

    Logging in meanwhile is fine, and so is a login that has ended meanwhile by its time-out: the
    browser is the same, and what needs a login asks for it.
    """
    if started_by is not None and now is not None and started_by != now:
        raise AnswerRejected("user_changed")
