"""The mail 登録申請受付メール (manual, step 9).

It tells neither name, address nor what the first password is made of: when it is sent, nothing
has shown yet that the mailbox is the applicant's own.
"""

from django.conf import settings

from notices.texts import Message, day, message, minute, sending_address
from patrons.models import Patron

BODY = """\
{library}です。利用者情報登録の申し込みを受け付けました。

利用者番号（貸出券の番号）：{number}
受付日時：{received}

■本を借りるとき
スマートフォンまたはタブレットでMyライブラリにログインし、「利用者情報」→「利用者カード」を窓口でご提示ください。
{deadline}カードが必要な方は、後日、窓口へお申し出ください。
{confirmation}"""
DEADLINE = "{day}までにログインし、パスワードを変更してください。\n"
CONFIRMATION = """
■はじめてログインするとき
登録した端末とちがう端末では、ご本人か確かめるため、6ケタの数字をこのE-mailに送ります。「{address}」からのメールを受け取れるようにしてください。
"""


def application_received(*, patron: Patron) -> Message:
    """Compose the mail to a patron who has just registered."""
    deadline = patron.first_login_until
    confirms = deadline and settings.FIRST_LOGIN_CONFIRMATION
    return message(
        "利用者登録の申請を受け付けました",
        BODY,
        number=patron.number,
        received=minute(patron.registered_at),
        deadline=DEADLINE.format(day=day(deadline)) if deadline else "",
        confirmation=CONFIRMATION.format(address=sending_address()) if confirms else "",
    )
