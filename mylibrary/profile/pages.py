"""What several pages of My Library show."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists

from mylibrary.own_data.models import ErasureRequest
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetStop
from notices.enums import MailState
from notices.models import Notice
from notices.texts import minute
from patrons.models import ContactMethod, Patron


def email_state(patron: Patron) -> dict[str, Any]:
    """Return what `profile/email_state.html` shows: the address to be confirmed, and its end.

    `undelivered` says that the last mail to it was given up.
    """
    waiting = EmailConfirmation.objects.current().of(patron).first()
    if waiting is None:
        return {"waiting": None, "until": "", "undelivered": False}
    mail = Notice.objects.to_mailbox_of(patron).filter(recipient=waiting.email).first()
    return {
        "waiting": waiting,
        "until": minute(waiting.expires_at),
        "undelivered": mail is not None and mail.mail_state == MailState.FAILED,
    }


def profile_status(patron: Patron) -> Mapping[str, object]:
    """Return what the profile says beside the record itself, looked up in one query."""
    return Patron.objects.values(
        linked=Exists(patron.identity_links.active()),
        erasure_requested=Exists(ErasureRequest.objects.of_patron(patron).open()),
        resets_stopped=Exists(ResetStop.objects.filter(patron=patron)),
    ).get(pk=patron.pk)


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
