"""The digits that confirm a first login, made when the mail is sent."""

from notices.enclosures import encloses
from notices.models import Notice
from patrons.first_login.services import start_mailed

FIRST_LOGIN_DIGITS = "mylibrary.first_login_digits"


@encloses(FIRST_LOGIN_DIGITS)
def first_login_digits(notice: Notice) -> str | None:
    """Return the digits that confirm a first login, whose ten minutes begin now."""
    code = start_mailed(code_id=notice.enclosed_id, address=notice.recipient)
    return f"{code.digits[:3]} {code.digits[3:]}" if code else None
