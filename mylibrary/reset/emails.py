"""The mail that leads to a new password, and its link, made when the mail is sent."""

from mylibrary.reset.models import ResetRequest
from notices.enclosures import MailedLink, encloses
from notices.models import Notice
from patrons.models import Patron

ENCLOSURE = "mylibrary.password_reset"
RESET_LINK = MailedLink(ENCLOSURE, "mylibrary:reset_link")


@encloses(ENCLOSURE)
def reset_link(notice: Notice) -> str | None:
    """Return the link to a new password, while it is in time and the address is confirmed."""
    asked = ResetRequest.objects.usable(notice.enclosed_id).first()
    patron = Patron.objects.with_login(asked.patron_id) if asked else None
    if asked is None or patron is None:
        return None
    if not is_mailed_a_link(patron) or patron.email != notice.recipient:
        return None
    return RESET_LINK.address(asked.pk, link_state(patron))


def is_mailed_a_link(patron: Patron) -> bool:
    """Return whether the mailbox is known to be the patron's, and opens what is not withheld."""
    return patron.is_email_confirmed and not patron.is_withheld


def link_state(patron: Patron) -> tuple[object, ...]:
    """Return what a link depends on: dead after a new password, its own use, another address."""
    password = patron.user.password if patron.user and patron.has_own_password else ""
    return patron.pk, password, patron.email, patron.confirmed_email
