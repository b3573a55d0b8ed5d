"""The mail about an address, and the link in it, made when it is sent."""

from mylibrary.profile.models import EmailConfirmation
from notices.enclosures import MailedLink, encloses
from notices.models import Notice

CONFIRMATION = "mylibrary.email_confirmation"
_LINK = MailedLink(CONFIRMATION, "mylibrary:email_confirm")


@encloses(CONFIRMATION)
def confirmation_link(notice: Notice) -> str | None:
    """Return the link that confirms an address, for that address alone: another may wait since."""
    confirmation = EmailConfirmation.objects.mailed(notice.enclosed_id)
    if confirmation is None or confirmation.email != notice.recipient:
        return None
    return confirmation_address(confirmation)


def confirmation_address(confirmation: EmailConfirmation) -> str:
    """Return the link to the page where an address is confirmed."""
    return _LINK.address(confirmation.pk, _state(confirmation))


def confirms(key: str, confirmation: EmailConfirmation) -> bool:
    """Return whether a key opens a confirmation, which its caller found to be in time."""
    return _LINK.matches(key, confirmation.pk, _state(confirmation))


def _state(confirmation: EmailConfirmation) -> tuple[object, ...]:
    """Dead after: another address is asked for, or stands in the record."""
    patron = confirmation.patron
    return patron.pk, confirmation.email, patron.email, patron.confirmed_email
