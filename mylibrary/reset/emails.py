"""The mail that leads to a new password."""

from datetime import datetime

from mylibrary.emails import message
from notices.enclosures import LINK
from notices.texts import Message, minute

RESET = """\
{library}です。{asked_at}に、パスワードの再設定の申し込みがありました。

次のページを開いて、新しいパスワードを決めてください。

{link}

このページは、{until}まで、1回だけ使えます。

お心当たりのない申し込みでは、パスワードは変わりません。
"""


def password_reset(*, asked_at: datetime, until: datetime) -> Message:
    """Compose the mail that leads to a new password.

    The time of asking tells apart the mails that one mailbox gets for several people.
    """
    return message(
        "パスワードの再設定",
        RESET,
        link=LINK,
        asked_at=minute(asked_at),
        until=minute(until),
    )
