"""What every mail of My Library is made of; each room has its own mails.

None names anybody, and those with a link no number either: the mailbox may be a stranger's, or a
whole family's. The links are enclosed when the mails are sent (`enclosures`).
"""

from django.conf import settings

from notices.texts import Message, contact, subject

FOOT = """\

図書館がメールや電話でパスワードをお尋ねすることはありません。
お心当たりのない方は、下記へご連絡のうえ、このメールを削除してください。
※送信専用です。

{contact}
"""


def message(about: str, body: str, *, foot: str = FOOT, **values: str) -> Message:
    """Compose a mail with the library's signature, or with another foot."""
    text = body.format(library=settings.LIBRARY_NAME, **values)
    return Message(subject=subject(about), body=text + foot.format(contact=contact()))
