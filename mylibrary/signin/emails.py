"""The reminder of the day on which the first login ends."""

from django.conf import settings

from notices.texts import Message, day, message, minute, sending_address
from patrons.models import Patron, RegisteredVia

FIRST_LOGIN = """\
{library}です。Myライブラリのパスワードが、まだ決められていません。

{day}までに、図書館のホームページからMyライブラリにログインし、パスワードを決めてください。この日を過ぎると、はじめてのパスワードではログインできなくなります。
{confirmation}
■利用者番号（貸出券の番号）がわからない方
{number}

■期限を過ぎた方、パスワードがわからない方
マイナンバーカードをお持ちの方は、番号とパスワードを使わずにログインできます。窓口でもお尋ねいただけます。期限を過ぎても、登録と貸出券は、そのままお使いいただけます。
"""
FIRST_LOGIN_CONFIRMATION = """
はじめての端末では、ご本人か確かめるため、6ケタの数字をこのE-mailに送ります。「{address}」からのメールを受け取れるようにしてください。
"""
NUMBER_IN_MAIL = (
    "受付日時が{received}の「登録申請受付メール」でご確認ください。"
    "1つのE-mailで何人か登録した方は、受付日時で見分けられます。"
)
NUMBER_ON_CARD = "お手元の図書等貸出券でご確認ください。"


def first_login_reminder(*, patron: Patron) -> Message:
    """Compose the reminder of the day on which the first login ends.

    It tells no number, no rule of the first password and no link: whoever reads a mistyped address
    would have all that a first login takes, and a mail that urges to log in by its link teaches
    people to trust such mails. Where one mailbox serves a family, the time of the registration
    tells whose it is.
    """
    assert patron.first_login_until is not None
    until = day(patron.first_login_until)
    online = patron.registered_via == RegisteredVia.ONLINE
    received = minute(patron.registered_at)
    confirmation = FIRST_LOGIN_CONFIRMATION.format(address=sending_address())
    return message(
        f"Myライブラリのパスワードを決めてください（{until}まで）",
        FIRST_LOGIN,
        day=until,
        confirmation=confirmation if settings.FIRST_LOGIN_CONFIRMATION else "",
        number=NUMBER_IN_MAIL.format(received=received) if online else NUMBER_ON_CARD,
    )
