"""Writes to a patron's e-mail address that depend on whose mailbox it is."""

from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons import normalize
from patrons.models import Patron


def store_confirmed_email(*, stored: Patron, email: str) -> None:
    """Store that a mailbox was shown to be the patron's; its address is the one on record now.

    The caller has locked the patron (`lock_for_change`). `email` is normalised already. Only
    another address is news for the library system.
    """
    is_new = email != stored.email
    if is_new:
        stored.email, stored.email_key = email, normalize.email_key(email)
        stored.updated_at = timezone.now()
    stored.confirmed_email = email
    if email == stored.bounced_email:
        stored.bounced_email = ""
    stored.save(
        update_fields=["email", "email_key", "confirmed_email", "bounced_email", "updated_at"]
    )
    if is_new:
        record(Event.ADDRESS_CHANGED, patron_id=stored.pk, fields=["email"])
    record(Event.ADDRESS_CONFIRMED, patron_id=stored.pk)
