"""The language of a patron: of the pages after the login, of mails and messages."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import activate, get_language

from accounts.models import User
from patrons.services import choose_language


def speak(request: HttpRequest, language: str) -> None:
    """Go on in a language, in this answer and those to come in this browser."""
    request.language_chosen = language  # type: ignore[attr-defined]
    activate(language)


def follow_patron(*, request: HttpRequest, user: User, **_: Any) -> None:
    """After a login, go on in the language the patron once chose; without one, take this one."""
    patron = None if user.is_staff else getattr(user, "patron", None)
    if patron is None:
        return
    if patron.language:
        speak(request, patron.language)
    else:
        choose_language(patron=patron, language=get_language())
