"""Telling a patron by mail and in the inbox of a change that whoever changed it should know of.

What a mail may say depends on whose mailbox it goes to (docs/adr/0038). None has a link, a number
or a name: whoever did not make the change finds the way with the card or at the counter.
"""

from django.db import models
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send_all
from notices.texts import Message, message, minute, sender
from patrons.models import Patron

BODY = """\
{library}です。{where}

{what}
日時：{at}

{done}

図書館がメールや電話でパスワードをお尋ねすることはありません。
※送信専用です。

{sender}
"""
DISOWN = (
    "お心当たりがないときは、マイナンバーカードでMyライブラリにログインするか、"
    "窓口でお申し出ください。"
)
BY_PATRON = {
    "where": "Myライブラリで、次の変更がありました。",
    "done": (
        "ご自身で変更した方は、何もする必要はありません。\n"
        f"{DISOWN}Myライブラリでは、「利用者情報」の「心当たりのない変更」へお進みください。"
    ),
}
BY_STAFF = {
    "where": "図書館の職員が、登録内容を変更しました。",
    "done": f"ご自身で図書館にお申し出になった方は、何もする必要はありません。\n{DISOWN}",
}
NOTHING_TO_DO = "ご自身で変更した方や、図書館に変更を申し出た方は、何もする必要はありません。"
TO_FORMER = {
    "where": "このメールは、変更の前に登録されていたE-mailにお送りしています。",
    "done": f"{NOTHING_TO_DO}\n{DISOWN}",
}
SOMETHING = "登録内容に変更がありました"
TO_WHOEVER_IT_IS = {
    "where": "図書館の利用者登録について、お知らせします。",
    "done": (
        f"{NOTHING_TO_DO}\n{DISOWN}\n図書館に登録していない方は、このメールを削除してください。"
    ),
}


class SecurityChange(models.TextChoices):
    """A change that a patron is told of, because somebody else might have made it."""

    PASSWORD = "password", "パスワードが変更されました"
    EMAIL = "email", "E-mailが変更されました"
    PHONE = "phone", "電話番号が変更されました"
    CARD = "card", "マイナンバーカードと連携しました"
    PASSKEY_ADDED = "passkey_added", "パスキーが追加されました"
    PASSKEY_REMOVED = "passkey_removed", "パスキーが削除されました"
    RESETS_STOPPED = "resets_stopped", "E-mailでのパスワードの再設定が停止されました"
    RESETS_ALLOWED = "resets_allowed", "E-mailでのパスワードの再設定が再開されました"


def tell_of_change(
    *,
    patron: Patron,
    what: SecurityChange,
    former: Patron | None = None,
    by_mail: bool = True,
    by_staff: bool = False,
) -> None:
    """Tell a patron what has changed, in the caller's transaction.

    The message goes to the inbox and to the address on record; without `by_mail` it stays in the
    inbox. `former` is the record as it was before: where the address was another, that one is
    told, too. `by_staff` says that it was not done in My Library.
    """
    kind, text = NoticeKind.SECURITY, compose(what, by_staff=by_staff)
    recipient = patron.email if by_mail else ""
    notices = [Notice(patron=patron, kind=kind, recipient=recipient, **text._asdict())]
    # An address that refused the last mail would refuse this one.
    if former and former.email not in ("", patron.email) and not former.is_email_bounced:
        text = to_former_address(what, confirmed=former.is_email_confirmed)
        notices += [Notice(addressee=patron, kind=kind, recipient=former.email, **text._asdict())]
    send_all(notices=notices)


def compose(what: SecurityChange, *, by_staff: bool = False) -> Message:
    """Compose the message of one change, now."""
    return _compose(what.label, BY_STAFF if by_staff else BY_PATRON)


def to_former_address(what: SecurityChange, *, confirmed: bool) -> Message:
    """Compose the mail to a former address, now.

    One that never was `confirmed` may be a typing slip's, a stranger's: it learns nothing.
    """
    return _compose(what.label, TO_FORMER) if confirmed else _compose(SOMETHING, TO_WHOEVER_IT_IS)


def _compose(what: str, words: dict[str, str]) -> Message:
    now = minute(timezone.now())
    return message(what, BODY, foot="", what=what, at=now, sender=sender(), **words)
