"""The link that confirms an address, and what it depends on."""

from mylibrary.profile.models import EmailConfirmation
from notices.enclosures import MailedLink
from patrons.models import Patron

_CONFIRMATION = MailedLink("mylibrary.email_confirmation", "mylibrary:email_confirm")


def confirmation_address(confirmation: EmailConfirmation, patron: Patron) -> str:
    """Return the link to the page where an address is confirmed."""
    return _CONFIRMATION.address(confirmation.pk, _confirmation_state(confirmation, patron))


def confirms(key: str, confirmation: EmailConfirmation, patron: Patron) -> bool:
    """Return whether a key opens a confirmation, which its caller found to be in time."""
    return _CONFIRMATION.matches(key, confirmation.pk, _confirmation_state(confirmation, patron))


def _confirmation_state(confirmation: EmailConfirmation, patron: Patron) -> tuple[object, ...]:
    """Dead after: another address is asked for, or stands in the record."""
    return patron.pk, confirmation.email, patron.email, patron.confirmed_email
