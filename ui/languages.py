"""The languages of the site, and the choice of one on a page where something is typed.

There the buttons of the choice belong to the page's form (`templates/components/languages.html`):
its view shows it again as it was filled in, in the other language, and checks and stores nothing.
"""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import activate, check_for_language

FIELD = "language"


def is_known(language: str) -> bool:
    """Return whether the site speaks a language."""
    return language in dict(settings.LANGUAGES) and check_for_language(language)


def speak(request: HttpRequest, language: str) -> None:
    """Go on in a language, in this answer and those to come in this browser."""
    request.language_chosen = language  # type: ignore[attr-defined]
    activate(language)


def switch(request: HttpRequest) -> None:
    """Go on in the language that was chosen, if the site speaks it."""
    if is_known(chosen := request.POST.get(FIELD, "")):
        speak(request, chosen)
