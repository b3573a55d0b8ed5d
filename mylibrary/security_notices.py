"""Telling a patron by mail and in the inbox of a change that whoever changed it should know of.

What a mail may say depends on whose mailbox it goes to (docs/adr/0038). None has a link, a number
or a name: whoever did not make the change finds the way with the card or at the counter.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send_all
from notices.texts import message
from patrons.models import Patron

SOMETHING = _("登録内容に変更がありました")
MAIL = "mylibrary/mails/security_notice.txt"


class SecurityChange(models.TextChoices):
    """A change that a patron is told of, because somebody else might have made it."""

    PASSWORD = "password", _("パスワードが変更されました")
    EMAIL = "email", _("E-mailが変更されました")
    PHONE = "phone", _("電話番号が変更されました")
    CARD = "card", _("マイナンバーカードと連携しました")
    PASSKEY_ADDED = "passkey_added", _("パスキーが追加されました")
    PASSKEY_REMOVED = "passkey_removed", _("パスキーが削除されました")
    DEVICE_CARD = "device_card", _("ログインなしで利用者カードを表示する端末が、登録されました")
    CALENDAR = "calendar", _("返却期限などを表示するカレンダーのアドレスが、作られました")
    RESETS_STOPPED = "resets_stopped", _("E-mailでのパスワードの再設定が停止されました")
    RESETS_ALLOWED = "resets_allowed", _("E-mailでのパスワードの再設定が再開されました")


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
    kind, now = NoticeKind.SECURITY, timezone.now()
    to = "patron_by_staff" if by_staff else "patron"
    text = message(MAIL, patron.language, to=to, what=what.label, at=now)
    recipient = patron.email if by_mail else ""
    notices = [Notice(patron=patron, kind=kind, recipient=recipient, **text._asdict())]
    # An address that refused the last mail would refuse this one; one of a withheld patron may be
    # whose they hide from.
    is_told = former and not (former.withheld_at or former.is_email_bounced)
    if former and is_told and former.email not in ("", patron.email):
        # One that never was confirmed may be a typing slip's, a stranger's: it learns nothing.
        to, told = ("former_address", what.label) if former.is_email_confirmed else ("", SOMETHING)
        text = message(MAIL, patron.language, to=to, what=told, at=now)
        notices += [Notice(addressee=patron, kind=kind, recipient=former.email, **text._asdict())]
    send_all(notices=notices)
