"""The first authentication backend: it admits or refuses a try, and knows nobody."""

from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.throttle import buckets_for, reserve
from accounts.validators import PATRON_PREFIX


class ThrottleBackend:
    """Stop `authenticate()` before any password is looked at when a limit is reached.

    Accepts every kind of credentials. A refused request carries `login_wait_seconds`; an admitted
    one `login_buckets`, to be released after a success. It has no `get_user`: nobody is ever
    logged in by it. A call without a request (no browser behind it) is not counted.
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
        buckets = buckets_for(request, kind=kind, identifier=identifier, password=password)
        wait = reserve(buckets)
        if wait is not None:
            request.login_wait_seconds = ceil(wait.total_seconds())
            raise PermissionDenied
        request.login_buckets = buckets
