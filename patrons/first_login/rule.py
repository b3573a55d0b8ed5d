"""Whether a birth date logs a patron in, whatever else is asked."""

from django.utils import timezone

from patrons import birth_date
from patrons.models import Patron

# From the registration. The login page and the mail 登録申請受付メール say until when.
FIRST_LOGIN_DAYS = 90


def is_open(patron: Patron) -> bool:
    """Return whether the birth date is a patron's password still."""
    return (
        patron.first_login_until is not None
        and timezone.now() < patron.first_login_until
        and not patron.has_own_password
        and birth_date.split(patron.birth_date).year is not None
    )
