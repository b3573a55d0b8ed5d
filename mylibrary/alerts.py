"""Telling a patron by mail and in the inbox of a change that whoever changed it should know of."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mylibrary.enums import Alert
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import Message, contact, minute, subject
from patrons.models import Patron

BODY = """\
{library}です。{where}

{what}
日時：{at}

{done}

図書館がメールや電話でパスワードをお尋ねすることはありません。
※送信専用です。

{contact}
"""
BY_PATRON = {
    "where": "Myライブラリで、次の変更がありました。",
    "done": (
        "ご自身で変更した方は、何もする必要はありません。\n"
        "お心当たりのない方は、すぐに下記へご連絡ください。マイナンバーカードをお持ちの方は、"
        "認証の画面の「パスワードを忘れた方」から、新しいパスワードを決めることもできます。"
    ),
}
BY_STAFF = {
    "where": "図書館の職員が、登録内容を変更しました。",
    "done": (
        "ご自身で図書館にお申し出になった方は、何もする必要はありません。\n"
        "お心当たりのない方は、すぐに下記へご連絡ください。"
    ),
}


@transaction.atomic
def alert(
    *,
    patron: Patron,
    what: Alert,
    also_to: str = "",
    by_mail: bool = True,
    by_staff: bool = False,
) -> None:
    """Tell a patron what has changed, in the caller's transaction.

    The message goes to the inbox and to the address on record; `also_to` is a former address that
    was confirmed, and gets the same text. It names nobody and no number. Without `by_mail` it
    stays in the inbox. `by_staff` says that it was not done in My Library.
    """
    kind, message = NoticeKind.SECURITY, compose(what, by_staff=by_staff)._asdict()
    send(patron=patron, kind=kind, recipient=patron.email if by_mail else "", **message)
    if also_to and also_to != patron.email:
        send(patron=None, kind=kind, recipient=also_to, **message)


def compose(what: Alert, *, by_staff: bool = False) -> Message:
    """Compose the message of one change, now."""
    return Message(
        subject=subject(what.label),
        body=BODY.format(
            library=settings.LIBRARY_NAME,
            what=what.label,
            at=minute(timezone.now()),
            contact=contact(),
            **(BY_STAFF if by_staff else BY_PATRON),
        ),
    )
