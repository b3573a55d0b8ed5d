"""心当たりのない変更: no new password by mail until it is known again who the patron is.

Whoever took a mailbox, or had the address changed to their own, could set a new password by it. The
callers see to it that the patron is known: by the card, or at the counter.
"""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import end_all_logins, end_other_logins
from audit.enums import Event
from audit.services import record
from mylibrary.enums import SecurityChange
from mylibrary.reset_stop.models import ResetStop
from mylibrary.security_notices import tell_of_change
from mylibrary.signin.services import forget_resets
from patrons.models import Patron
from patrons.services import lock_for_change


@transaction.atomic
def stop_resets(*, patron: Patron, staff: User | None = None, login_id: UUID | None = None) -> bool:
    """Mail no link to a new password any more, and let none work; False where that is so already.

    Every login ends but `login_id`, that of the patron who says so. The patron is told. Raises
    PatronErased.
    """
    patron = lock_for_change(patron=patron)
    _, is_new = ResetStop.objects.get_or_create(patron=patron, defaults={"staff": staff})
    if not is_new:
        return False
    forget_resets(patron=patron)
    if patron.user and login_id:
        end_other_logins(user=patron.user, login_id=login_id)
    elif patron.user:
        end_all_logins(user=patron.user)
    record(Event.RESETS_STOPPED, patron_id=patron.pk, reason=_reason(staff))
    tell_of_change(patron=patron, what=SecurityChange.RESETS_STOPPED, by_staff=staff is not None)
    return True


@transaction.atomic
def allow_resets(*, patron: Patron, staff: User | None = None) -> bool:
    """Mail links to a new password again; False where that was not stopped.

    The patron is told. Raises PatronErased.
    """
    patron = lock_for_change(patron=patron)
    if not ResetStop.objects.filter(patron=patron).delete()[0]:
        return False
    record(Event.RESETS_ALLOWED, patron_id=patron.pk, reason=_reason(staff))
    tell_of_change(patron=patron, what=SecurityChange.RESETS_ALLOWED, by_staff=staff is not None)
    return True


def _reason(staff: User | None) -> str:
    return "counter" if staff else "card"
