"""What My Library's mails enclose, where it is looked for; each room has its own."""

from mylibrary.first_login.enclosures import first_login_digits
from mylibrary.profile.enclosures import confirmation_link
from mylibrary.reset.enclosures import reset_link

__all__ = ["confirmation_link", "first_login_digits", "reset_link"]
