"""The first authentication backend: it admits or refuses a try, and knows nobody."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.throttle import buckets_for, reserve


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
        buckets = buckets_for(request, kind=kind, identifier=identifier)
        wait = reserve(buckets)
        if wait is not None:
            request.login_wait_seconds = max(1, round(wait.total_seconds()))
            raise PermissionDenied
        request.login_buckets = buckets
