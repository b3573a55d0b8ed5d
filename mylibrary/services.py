"""Writes of My Library."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from accounts.throttle import Bucket, Limit, bucket, reserve
from mylibrary.alerts import alert
from mylibrary.emails import to_corrected_address
from mylibrary.enums import Alert
from mylibrary.errors import TooManyChanges
from notices.enums import NoticeKind
from notices.services import send
from patrons.models import Patron
from patrons.services import change_contact, set_own_password

# Each change of address sends a mail to an address nobody has proved to own.
MAIL_LIMIT = Limit(5, timedelta(minutes=30))


@transaction.atomic
def choose_password(*, patron: Patron, password: str, first: bool = False) -> AbstractBaseUser:
    """Store a patron's own password, and tell the patron that it was changed.

    With `first` it may only be the first one: raises PasswordExists where there is one already.
    """
    user = set_own_password(patron=patron, password=password, first=first)
    alert(patron=patron, what=Alert.PASSWORD)
    return user


@dataclass(frozen=True)
class ContactChange:
    """The patron as stored, and whether a mail is on its way to a new address."""

    patron: Patron
    mailed: bool


def update_contact(*, patron: Patron, phone: str, email: str, contact_method: str) -> ContactChange:
    """Change how a patron is reached; a new e-mail address gets the 登録申請受付メール.

    Values are normalised already. Raises TooManyChanges when the address changed too often; then
    nothing is stored. Must not run inside a transaction (see `accounts.throttle.reserve`).
    """
    if email and email != patron.email:
        wait = reserve([_mail_bucket(patron)])
        if wait is not None:
            raise TooManyChanges(wait)
    with transaction.atomic():
        before = patron.email
        stored = change_contact(
            patron=patron, phone=phone, email=email, contact_method=contact_method
        )
        message = to_corrected_address(patron=stored) if email and email != before else None
        if message:
            send(
                patron=stored,
                kind=NoticeKind.REGISTRATION_RECEIVED,
                subject=message.subject,
                body=message.body,
                recipient=stored.email,
            )
    return ContactChange(stored, mailed=message is not None)


def _mail_bucket(patron: Patron) -> Bucket:
    return bucket("contact-mail", str(patron.pk), MAIL_LIMIT)
