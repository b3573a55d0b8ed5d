"""What My Library's mails enclose, where it is looked for; each room has its own."""

from mylibrary.alerts.emails import titles_of_arrivals
from mylibrary.first_login.emails import digits_of_login
from mylibrary.profile.emails import confirmation_link
from mylibrary.requests.emails import suggested_titles
from mylibrary.reset.emails import reset_link

__all__ = [
    "confirmation_link",
    "digits_of_login",
    "reset_link",
    "suggested_titles",
    "titles_of_arrivals",
]
