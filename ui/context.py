"""Template context shared by every page."""

from django.conf import settings
from django.http import HttpRequest

LIBRARY = {
    "LIBRARY_NAME": settings.LIBRARY_NAME,
    "LIBRARY_PHONE": settings.LIBRARY_PHONE,
    "DEMO": settings.DEMO,
}


def library(request: HttpRequest) -> dict[str, str | bool]:
    """Name the library, its telephone number (empty while unknown) and whether this is the demo."""
    return LIBRARY
