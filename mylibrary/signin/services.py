"""Writes of My Library that several of its pages share."""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from mylibrary.enums import SecurityChange
from mylibrary.reset.models import ResetRequest
from mylibrary.security_notices import tell_of_change
from patrons.enums import PasswordWay
from patrons.models import Patron
from patrons.services import store_own_password


def choose_password(
    *,
    patron: Patron,
    password: str,
    first: bool = False,
    way: PasswordWay = PasswordWay.LOGGED_IN,
) -> User:
    """Store a patron's own password, and tell the patron that it was changed.

    With `first` it may only be the first one: raises PasswordExists where there is one already.
    """
    encoded = make_password(password)
    with transaction.atomic():
        user = store_own_password(patron=patron, encoded=encoded, first=first, way=way)
        forget_resets(patron=patron)
        tell_of_change(patron=patron, what=SecurityChange.PASSWORD)
    return user


def forget_resets(*, patron: Patron) -> None:
    """Take every request for a new password for used: there is one. No link is mailed any more."""
    ResetRequest.objects.usable_of(patron).update(used_at=timezone.now())
