"""Writes of My Library that several of its pages share."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from mylibrary.alerts import alert
from mylibrary.enums import Alert
from patrons.enums import PasswordWay
from patrons.models import Patron
from patrons.services import set_own_password


@transaction.atomic
def choose_password(
    *,
    patron: Patron,
    password: str,
    first: bool = False,
    way: PasswordWay = PasswordWay.LOGGED_IN,
) -> AbstractBaseUser:
    """Store a patron's own password, and tell the patron that it was changed.

    With `first` it may only be the first one: raises PasswordExists where there is one already.
    """
    user = set_own_password(patron=patron, password=password, first=first, way=way)
    alert(patron=patron, what=Alert.PASSWORD)
    return user
