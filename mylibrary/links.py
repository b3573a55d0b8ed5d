"""The links of My Library's mails, and what each depends on."""

from mylibrary.models import EmailConfirmation, ResetRequest
from notices.links import MailedLink
from patrons.models import Patron

_CONFIRMATION = MailedLink("mylibrary.email_confirmation", "mylibrary:email_confirm")
_RESET = MailedLink("mylibrary.password_reset", "mylibrary:reset_link")


def confirmation_address(confirmation: EmailConfirmation, patron: Patron) -> str:
    """Return the link to the page where an address is confirmed."""
    return _CONFIRMATION.address(confirmation.pk, _confirmation_state(confirmation, patron))


def confirms(key: str, confirmation: EmailConfirmation, patron: Patron) -> bool:
    """Say whether a key opens a confirmation, which its caller found to be in time."""
    return _CONFIRMATION.matches(key, confirmation.pk, _confirmation_state(confirmation, patron))


def reset_address(asked: ResetRequest, patron: Patron) -> str:
    """Return the link to the page where a forgotten password is replaced."""
    return _RESET.address(asked.pk, _reset_state(patron))


def resets(key: str, asked: ResetRequest, patron: Patron) -> bool:
    """Say whether a key lets set a password, on a wish that its caller found to be in time."""
    return _RESET.matches(key, asked.pk, _reset_state(patron))


def _confirmation_state(confirmation: EmailConfirmation, patron: Patron) -> tuple[object, ...]:
    """Dead after: another address is asked for, or stands in the record."""
    return patron.pk, confirmation.email, patron.email, patron.confirmed_email


def _reset_state(patron: Patron) -> tuple[object, ...]:
    """Dead after: a new password, its own use included, and another address."""
    password = patron.user.password if patron.has_own_password else ""
    return patron.pk, password, patron.email, patron.confirmed_email
