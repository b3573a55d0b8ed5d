"""The mail with six digits, made when it is sent. It names nobody: a stranger may read it."""

from notices.enclosures import encloses
from notices.models import Notice
from patrons.first_login.services import start_mailed

ENCLOSURE = "mylibrary.first_login_digits"


@encloses(ENCLOSURE)
def digits_of_login(notice: Notice) -> str | None:
    """Return the digits that confirm a first login, whose ten minutes begin now."""
    code = start_mailed(code_id=notice.enclosed_id, address=notice.recipient)
    return f"{code.digits[:3]} {code.digits[3:]}" if code else None
