"""What every mail of the library is made of: subject, signature, Japanese dates.

None names anybody, and those with a link no number either: the mailbox may be a stranger's, or a
whole family's.
"""

from datetime import datetime
from email.utils import parseaddr
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

FOOT = """\

図書館がメールや電話でパスワードをお尋ねすることはありません。
お心当たりのない方は、下記へご連絡のうえ、このメールを削除してください。
※送信専用です。

{contact}
"""


class Message(NamedTuple):
    """A plain text message."""

    subject: str
    body: str


def message(about: str, body: str, *, foot: str = FOOT, **values: object) -> Message:
    """Compose a message, whose subject begins with the library's name."""
    text = (body + foot).format(library=settings.LIBRARY_NAME, contact=contact(), **values)
    return Message(subject=f"【{settings.LIBRARY_NAME}】{about}", body=text)


def without_library(subject: str) -> str:
    """Return a subject without the library's name in front, for pages that bear it anyway."""
    return subject.removeprefix(f"【{settings.LIBRARY_NAME}】")


def contact() -> str:
    """Return the library's name, telephone number (where it is set) and address, in one line."""
    parts = (settings.LIBRARY_NAME, settings.LIBRARY_PHONE, settings.PUBLIC_BASE_URL)
    return "　".join(filter(None, parts))


def sending_address() -> str:
    """Return the address that the library's mails come from, to be let through by filters."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def sender() -> str:
    """Return the library's name and telephone number, for mails without any link."""
    return "　".join(filter(None, (settings.LIBRARY_NAME, settings.LIBRARY_PHONE)))


def day(moment: datetime) -> str:
    """Return the day of a moment in Japan: 2026年3月10日."""
    local = timezone.localdate(moment)
    return f"{local.year}年{local.month}月{local.day}日"


def minute(moment: datetime) -> str:
    """Return a moment in Japan as the manual writes it: 2026年3月10日 9時00分."""
    local = timezone.localtime(moment)
    return f"{day(moment)} {local.hour}時{local.minute:02d}分"
