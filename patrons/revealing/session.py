"""Which patrons a member of staff has opened: known to the session, a patron at a time."""

import time
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from accounts.buckets import Limit, bucket, reserve
from audit.enums import Event
from audit.services import record
from patrons.models import Patron
from patrons.revealing.masking import MASKS
from patrons.withholding.shown import WITHHELD
from staff.roles import REVEAL, SEE_PERSONAL_DATA

_OPENED = "patrons.revealing"
# Longer than a login without use: whoever is correcting a patron can store it.
OPEN_SECONDS = 60 * 60
RENEWED_AFTER = 5 * 60
MOST_OPENED = 20
# More than one desk serves, far fewer than somebody who tries numbers one after another wants.
OPENINGS = Limit(120, timedelta(seconds=30))


class MaskedPatron:
    """Reads like the patron it stands for, as may be shown, with personal data masked."""

    is_masked = True

    def __init__(self, patron: Any) -> None:
        self._patron = patron

    @property
    def shown(self) -> "MaskedPatron":
        return self

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._patron.shown, name)
        return masked(name, value) if name in MASKS else value


def masked(column: str, value: object) -> str:
    """Return what a column of MASKS shows in place of a value; 情報秘匿 is told as it is."""
    return str(value) if value == WITHHELD else MASKS[column](str(value or ""))


def sees_everybody(request: HttpRequest) -> bool:
    """Return whether nothing is masked for a member of staff, and any data can be looked for."""
    return request.user.has_perm(SEE_PERSONAL_DATA)


def may_reveal(request: HttpRequest) -> bool:
    return not sees_everybody(request) and request.user.has_perm(REVEAL)


def may_see(request: HttpRequest, patron_id: object) -> bool:
    """Return whether a patron is shown unmasked; one that was opened stays so while it is used."""
    if sees_everybody(request):
        return True
    opened, key = _opened(request), str(patron_id)
    since = opened.get(key)
    if since is None or not may_reveal(request):
        return False
    if time.time() - since > RENEWED_AFTER:
        request.session[_OPENED] = opened | {key: time.time()}
    return True


def as_seen(request: HttpRequest, patron: Patron) -> Any:
    """Return a patron as this member of staff is shown it."""
    return patron if may_see(request, patron.pk) else MaskedPatron(patron)


def reveal(request: HttpRequest, patron: Patron, reason: str) -> timedelta | None:
    """Open one patron for who asks, and record why; or return how long to wait, after too many.

    What is open already counts no more. Must not run inside a transaction (`accounts.buckets`).
    """
    if not may_see(request, patron.pk):
        openings = bucket("reveal-user", str(request.user.pk), OPENINGS)
        if wait := reserve([openings]):
            return wait
    opened = _opened(request) | {str(patron.pk): time.time()}
    latest = sorted(opened.items(), key=lambda each: each[1])[-MOST_OPENED:]
    request.session[_OPENED] = dict(latest)
    record(
        Event.REVEALED,
        patron_id=patron.pk,
        reason=reason,
        object_type=Patron._meta.label_lower,
        object_id=patron.pk,
    )
    return None


def _opened(request: HttpRequest) -> dict[str, float]:
    """Return since when patrons are open, by their keys; a clock that was set back opens none."""
    kept: dict[str, float] = request.session.get(_OPENED, {})
    now = time.time()
    return {key: since for key, since in kept.items() if 0 <= now - since < OPEN_SECONDS}
