"""Mails of My Library.

None names anybody, and those with a link no number either: the mailbox may be a stranger's, or a
whole family's. The links are enclosed when the mails are sent (`mylibrary.enclosures`).
"""

from datetime import datetime

from django.conf import settings

from notices.enclosures import LINK
from notices.texts import Message, contact, day, minute, sending_address, subject
from patrons.enums import RegisteredVia
from patrons.models import Patron
from registration.emails import application_received

CONFIRMATION = """\
{library}です。Myライブラリに、このE-mailアドレスが入力されました。

メールが届くことを確かめるため、次のページを開いてMyライブラリにログインし、【確認する】を押してください。

{link}

このページは、{until}まで使えます。
"""
RESET = """\
{library}です。{asked_at}に、パスワードの再設定の申し込みがありました。

次のページを開いて、新しいパスワードを決めてください。

{link}

このページは、{until}まで、1回だけ使えます。

お心当たりのない申し込みでは、パスワードは変わりません。
"""
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
KANA_APPROVED = """\
{library}です。お申し込みの、名前カタカナの変更が終わりました。

新しいカタカナは、Myライブラリの「利用者情報」でご確認ください。
"""
KANA_DECLINED = """\
{library}です。お申し込みの、名前カタカナの変更について、図書館で確認しましたが、変更していません。

くわしくは、本人確認書類をお持ちのうえ、窓口でお尋ねください。
"""
FOOT = """\

図書館がメールや電話でパスワードをお尋ねすることはありません。
お心当たりのない方は、下記へご連絡のうえ、このメールを削除してください。
※送信専用です。

{contact}
"""


def confirmation(*, until: datetime) -> Message:
    """Compose the mail by which an address is shown to be the patron's."""
    return _message("E-mailの確認のお願い", CONFIRMATION, link=LINK, until=minute(until))


def password_reset(*, asked_at: datetime, until: datetime) -> Message:
    """Compose the mail that leads to a new password.

    The time of asking tells apart the mails that one mailbox gets for several people.
    """
    return _message(
        "パスワードの再設定",
        RESET,
        link=LINK,
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


def first_login_reminder(*, patron: Patron) -> Message:
    """Compose the reminder of the day on which the first login ends.

    It tells no number, no rule of the first password and no link: whoever reads a mistyped address
    would have all that a first login takes, and a mail that urges to log in by its link teaches
    people to trust such mails. Where one mailbox serves a family, the time of the registration
    tells whose it is.
    """
    until = day(patron.first_login_until)
    online = patron.registered_via == RegisteredVia.ONLINE
    received = minute(patron.registered_at)
    return _message(
        f"Myライブラリのパスワードを決めてください（{until}まで）",
        FIRST_LOGIN,
        day=until,
        confirmation=FIRST_LOGIN_CONFIRMATION.format(address=sending_address())
        if settings.FIRST_LOGIN_CONFIRMATION
        else "",
        number=NUMBER_IN_MAIL.format(received=received) if online else NUMBER_ON_CARD,
    )


def kana_decided(*, approved: bool) -> Message:
    """Compose the word on what became of a wish for another kana."""
    return _message("名前カタカナの変更について", KANA_APPROVED if approved else KANA_DECLINED)


def _message(about: str, body: str, **values: str) -> Message:
    text = body.format(library=settings.LIBRARY_NAME, **values)
    return Message(subject=subject(about), body=text + FOOT.format(contact=contact()))
