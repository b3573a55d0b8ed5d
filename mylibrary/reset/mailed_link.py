"""The link to a new password, and what it depends on."""

from mylibrary.reset.models import ResetRequest
from notices.enclosures import MailedLink
from patrons.models import Patron

_RESET = MailedLink("mylibrary.password_reset", "mylibrary:reset_link")


def reset_address(asked: ResetRequest, patron: Patron) -> str:
    """Return the link to the page where a forgotten password is replaced."""
    return _RESET.address(asked.pk, _reset_state(patron))


def resets(key: str, asked: ResetRequest, patron: Patron) -> bool:
    """Return whether a key lets set a password, on a request that its caller found in time."""
    return _RESET.matches(key, asked.pk, _reset_state(patron))


def _reset_state(patron: Patron) -> tuple[object, ...]:
    """Dead after: a new password, its own use included, and another address."""
    password = patron.user.password if patron.user and patron.has_own_password else ""
    return patron.pk, password, patron.email, patron.confirmed_email
