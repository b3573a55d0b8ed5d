"""Mails of My Library.

None names anybody, and those with a link no number either: the mailbox may be a stranger's, or a
whole family's. The links are enclosed when the mails are sent (`mylibrary.enclosures`).
"""

from django.conf import settings

from notices.texts import Message, contact, subject

FOOT = """\

図書館がメールや電話でパスワードをお尋ねすることはありません。
お心当たりのない方は、下記へご連絡のうえ、このメールを削除してください。
※送信専用です。

{contact}
"""


def _message(about: str, body: str, **values: str) -> Message:
    text = body.format(library=settings.LIBRARY_NAME, **values)
    return Message(subject=subject(about), body=text + FOOT.format(contact=contact()))
