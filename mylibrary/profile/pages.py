"""What several pages of My Library show."""

from collections.abc import Mapping
from typing import Any

from mylibrary.profile.models import EmailConfirmation
from notices.enums import MailState
from notices.models import Notice
from notices.texts import minute
from patrons.enums import ContactMethod
from patrons.models import Patron


def email_state(patron: Patron) -> dict[str, Any]:
    """Return what `profile/email_state.html` shows: the address to be confirmed, and its end.

    `undelivered` says that the last mail to it was given up.
    """
    waiting = EmailConfirmation.objects.waiting_for(patron)
    if waiting is None:
        return {"waiting": None, "until": "", "undelivered": False}
    mails = Notice.objects.to_mailbox_of(patron).filter(recipient=waiting.email)
    mail = mails.first()
    return {
        "waiting": waiting,
        "until": minute(waiting.expires_at),
        "undelivered": mail is not None and mail.mail_state == MailState.FAILED,
    }


def differences(
    patron: Patron, waiting: EmailConfirmation | None, typed: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Return label, stored and typed of everything that a conflict over contact data is about."""
    stored_method, typed_method = (
        ContactMethod(value).label for value in (patron.contact_method, typed["contact_method"])
    )
    rows = [("電話番号", patron.phone, typed["phone"]), ("E-mail", patron.email, typed["email"])]
    if waiting and typed["email"] != patron.email:
        rows.append(("確認待ちのE-mail", waiting.email, typed["email"]))
    rows.append(("予約連絡方法", stored_method, typed_method))
    return [row for row in rows if row[1] != row[2]]
