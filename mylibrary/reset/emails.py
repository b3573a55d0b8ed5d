"""The mail that leads to a new password, and its link, made when the mail is sent."""

from datetime import datetime

from mylibrary.reset.models import ResetRequest
from notices.enclosures import LINK, MailedLink, encloses
from notices.models import Notice
from notices.texts import Message, message, minute
from patrons.models import Patron

RESET = """\
{library}です。{asked_at}に、パスワードの再設定の申し込みがありました。

次のページを開いて、新しいパスワードを決めてください。

{link}

このページは、{until}まで、1回だけ使えます。

お心当たりのない申し込みでは、パスワードは変わりません。
"""
RESET_LINK = MailedLink("mylibrary.password_reset", "mylibrary:reset_link")
ENCLOSURE = "mylibrary.password_reset"


def password_reset(*, asked_at: datetime, until: datetime) -> Message:
    """Compose the mail; the time of asking tells apart those that one mailbox gets for several."""
    return message(
        "パスワードの再設定", RESET, link=LINK, asked_at=minute(asked_at), until=minute(until)
    )


@encloses(ENCLOSURE)
def reset_link(notice: Notice) -> str | None:
    """Return the link to a new password, while it is in time and the address is confirmed."""
    asked = ResetRequest.objects.usable(notice.enclosed_id).first()
    patron = Patron.objects.with_login(asked.patron_id) if asked else None
    if asked is None or patron is None:
        return None
    if not patron.is_email_confirmed or patron.email != notice.recipient:
        return None
    return RESET_LINK.address(asked.pk, link_state(patron))


def link_state(patron: Patron) -> tuple[object, ...]:
    """Return what a link depends on: dead after a new password, its own use, another address."""
    password = patron.user.password if patron.user and patron.has_own_password else ""
    return patron.pk, password, patron.email, patron.confirmed_email
