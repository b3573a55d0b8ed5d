"""What a verified identity is for.

`MYNA_PURPOSES` names a handler per purpose. The purpose is kept in the AuthRequest row, so the
answer to one purpose cannot be spent on another.
"""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from myna_auth.claims import VerifiedIdentity


class IdentificationPurpose:
    """Base of the handlers; each method is called inside the request of the person's browser."""

    def begin(self, request: HttpRequest) -> HttpResponse | None:
        """Keep what is needed before the browser leaves; a response is what it gets instead."""

    def complete(self, request: HttpRequest, identity: VerifiedIdentity) -> str:
        """Take the identity over, nothing of it into the session; return where to go on."""
        raise NotImplementedError

    def interrupted(self, request: HttpRequest, reason: str) -> str:
        """Return where to go on; `reason` is a value of `errors.Interruption`."""
        raise NotImplementedError

    def repeated(self, request: HttpRequest) -> str:
        """Return where to go on when an answer that was taken arrives again: Back, a reload."""
        return self.interrupted(request, "expired")


def find_identification_purpose(name: str) -> IdentificationPurpose:
    """Return the handler configured for `name`; raise BadRequest."""
    if name not in settings.MYNA_PURPOSES:
        raise BadRequest
    return import_string(settings.MYNA_PURPOSES[name])()
