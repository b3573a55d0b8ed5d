"""The mail with six digits, made when it is sent. It names nobody: a stranger may read it."""

from datetime import datetime

from notices.enclosures import DIGITS, encloses
from notices.models import Notice
from notices.texts import Message, message, minute
from patrons.first_login.services import start_mailed

ENCLOSURE = "mylibrary.first_login_digits"
SUBJECT = "ログインの確認の数字"
BODY = """\
{library}です。{asked_at}に、はじめての端末で、Myライブラリの番号とパスワードが入力されました。

ご本人であることを確かめるため、次の6ケタの数字を、10分以内にログインの画面に入力してください。

{digits}

この数字は、1回だけ使えます。ほかの人に教えないでください。図書館の職員がお尋ねすることもありません。
"""
FOOT = """
お心当たりのない方は、どこにも入力せず、下記へご連絡ください。
※送信専用です。

{contact}
"""


def first_login_digits(*, asked_at: datetime) -> Message:
    """Compose the mail; the time of asking tells apart those that one mailbox gets for several."""
    return message(SUBJECT, BODY, foot=FOOT, asked_at=minute(asked_at), digits=DIGITS)


@encloses(ENCLOSURE)
def digits_of_login(notice: Notice) -> str | None:
    """Return the digits that confirm a first login, whose ten minutes begin now."""
    code = start_mailed(code_id=notice.enclosed_id, address=notice.recipient)
    return f"{code.digits[:3]} {code.digits[3:]}" if code else None
