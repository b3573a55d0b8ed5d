"""The mail 登録申請受付メール (manual, step 9).

It tells neither name, address nor what the first password is made of: when it is sent, nothing
has shown yet that the mailbox is the applicant's own.
"""

from django.conf import settings

from notices.texts import Message, contact, day, minute, sending_address, subject
from patrons.models import Patron

SUBJECT = "利用者登録の申請を受け付けました"
BODY = """\
{library}です。利用者情報登録の申し込みを受け付けました。

利用者番号（貸出券の番号）：{number}
受付日時：{received}

■本を借りるとき
スマートフォンまたはタブレットでMyライブラリにログインし、「利用者情報」→「利用者カード」を窓口でご提示ください。
{deadline}カードが必要な方は、後日、窓口へお申し出ください。
{confirmation}
図書館がメールや電話でパスワードをお尋ねすることはありません。
お心当たりのない方は、下記へご連絡のうえ、このメールを削除してください。
※送信専用です。

{contact}
"""
DEADLINE = "{day}までにログインし、パスワードを変更してください。\n"
CONFIRMATION = """
■はじめてログインするとき
登録した端末とちがう端末では、ご本人か確かめるため、6ケタの数字をこのE-mailに送ります。「{address}」からのメールを受け取れるようにしてください。
"""


def application_received(*, patron: Patron) -> Message:
    """Compose the mail to a patron who has just registered."""
    deadline = patron.first_login_until
    confirms = deadline and settings.FIRST_LOGIN_CONFIRMATION
    return Message(
        subject=subject(SUBJECT),
        body=BODY.format(
            library=settings.LIBRARY_NAME,
            number=patron.number,
            received=minute(patron.registered_at),
            deadline=DEADLINE.format(day=day(deadline)) if deadline else "",
            confirmation=CONFIRMATION.format(address=sending_address()) if confirms else "",
            contact=contact(),
        ),
    )
