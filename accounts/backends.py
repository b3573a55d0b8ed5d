"""The first authentication backend: it admits or refuses a try, and knows nobody."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.throttle import ADMISSION, AGAIN, admit, admit_again
from accounts.validators import PATRON_PREFIX


class ThrottleBackend:
    """Stop `authenticate()` before any password is looked at when a limit is reached.

    Accepts every kind of credentials. The request carries its `login_admission` from then on, whose
    buckets are to be released after a success. It has no `get_user`: nobody is ever logged in by
    it. A call without a request (no browser behind it) is not counted.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Count the try; raises PermissionDenied, which ends `authenticate()`, when throttled."""
        if request is None:
            return
        kind = "patron" if "patron_number" in credentials else "staff"
        identifier = credentials.get("patron_number") or credentials.get("username") or ""
        if kind == "staff" and identifier.startswith(PATRON_PREFIX):
            # A patron's login has one door, with the limits of the number.
            raise PermissionDenied
        password = credentials.get("password") or ""
        if getattr(request, AGAIN, False) and request.user.is_authenticated:
            admission = admit_again(request.user.pk)
        else:
            admission = admit(request, kind=kind, identifier=identifier, password=password)
        setattr(request, ADMISSION, admission)
        if admission.wait is not None:
            raise PermissionDenied
