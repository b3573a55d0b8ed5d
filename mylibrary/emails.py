"""Mails to an address: a link that confirms it, a link to a new password, the mail it missed.

Those with a link name nobody and no number: the mailbox may be a stranger's, or a whole family's.
"""

from datetime import datetime

from django.conf import settings

from notices.texts import Message, contact, minute, subject
from patrons.enums import RegisteredVia
from patrons.models import Patron
from registration.emails import application_received

CONFIRMATION = """\
{library}です。Myライブラリに、このE-mailアドレスが入力されました。

メールが届くことを確かめるため、次のページを開いてMyライブラリにログインし、【確認する】を押してください。

{link}

このページは、{until}まで使えます。

お心当たりのない方は、このメールを削除してください。
"""
RESET = """\
{library}です。{asked_at}に、パスワードの再設定の申し込みがありました。

次のページを開いて、新しいパスワードを決めてください。

{link}

このページは、{until}まで、1回だけ使えます。

お心当たりのない方は、このメールを削除してください。パスワードは変わりません。
"""
FOOT = """\
図書館がメールや電話でパスワードをお尋ねすることはありません。
※送信専用です。

{contact}
"""


def confirmation(*, link: str, until: datetime) -> Message:
    """Compose the mail by which an address is shown to be the patron's."""
    return _with_link("E-mailの確認のお願い", CONFIRMATION, link=link, until=minute(until))


def password_reset(*, link: str, asked_at: datetime, until: datetime) -> Message:
    """Compose the mail that leads to a new password.

    The time of asking tells apart the mails that one mailbox gets for several people.
    """
    return _with_link(
        "パスワードの再設定",
        RESET,
        link=link,
        asked_at=minute(asked_at),
        until=minute(until),
    )


def to_corrected_address(*, patron: Patron) -> Message | None:
    """Compose the 登録申請受付メール once more, for an address it has not reached.

    None for patrons who did not register online and so never had one.
    """
    if patron.registered_via != RegisteredVia.ONLINE:
        return None
    return application_received(patron=patron)


def _with_link(about: str, body: str, **values: str) -> Message:
    text = body.format(library=settings.LIBRARY_NAME, **values)
    return Message(subject=subject(about), body=text + FOOT.format(contact=contact()))
