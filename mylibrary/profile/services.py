"""Changes of a patron's record: contact data, an address by a mailed link, what a move outdated.

Every write takes the patron's row first, so two tabs, or a tab and a link, come one after another.
"""

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.buckets import Limit, bucket, reserve
from audit.enums import Event
from audit.services import record
from characters.text import StrOrPromise
from mylibrary.errors import PageStale, TooOften
from mylibrary.own_data.services import record_notice_shown
from mylibrary.profile import emails
from mylibrary.profile.models import EmailConfirmation, confirmation_expiry
from mylibrary.security_notices import SecurityChange, tell_of_change
from notices.enclosures import Enclosed, MailedLinkDead, row_id
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons import privacy_notice
from patrons.card_data_services import confirm_outdated
from patrons.models import ContactMethod, Patron, RegisteredVia
from patrons.retention import lock_patron
from patrons.services import change_contact, lock_for_change, store_confirmed_email
from registration.application.emails import application_received
from ui import stale_page as marks

# Each of these mails goes to an address nobody has proved to own.
MAIL = "mylibrary/profile/mails/confirmation.txt"
MAIL_LIMIT = Limit(5, timedelta(minutes=30))
# The patron's row is locked first, as by everybody who writes a confirmation.
_TAKE = """
WITH stored AS (SELECT * FROM patrons_patron WHERE id = %s AND erased_at IS NULL FOR UPDATE)
DELETE FROM mylibrary_emailconfirmation AS taken USING stored
WHERE taken.id = %s AND taken.patron_id = stored.id
RETURNING stored.*, taken.email AS taken_email, taken.created_at AS taken_at,
    taken.expires_at AS taken_until
"""


class MailedLinkOfAnother(Exception):
    """A mailed link is good, but not for the patron who is logged in."""


def mark_of(patron: Patron, waiting: EmailConfirmation | None) -> str:
    """Return a keyed digest of what 利用者情報変更 shows, so that a stale page is recognised."""
    shown = (patron.pk, patron.phone, patron.email, patron.contact_method, _address_of(waiting))
    return marks.mark_of("contact", shown)


def differences(
    patron: Patron, waiting: EmailConfirmation | None, typed: Mapping[str, str]
) -> list[tuple[StrOrPromise, StrOrPromise, StrOrPromise]]:
    """Return label, stored and typed of everything that a conflict over contact data is about."""
    stored_method, typed_method = (
        ContactMethod(value).label for value in (patron.contact_method, typed["contact_method"])
    )
    rows: list[tuple[StrOrPromise, StrOrPromise, StrOrPromise]] = [
        (_("電話番号"), patron.phone, typed["phone"]),
        (_("E-mail"), patron.email, typed["email"]),
    ]
    if waiting and typed["email"] != patron.email:
        rows.append((_("確認待ちのE-mail"), waiting.email, typed["email"]))
    rows.append((_("予約連絡方法"), stored_method, typed_method))
    return [row for row in rows if row[1] != row[2]]


def update_contact(
    *,
    patron: Patron,
    phone: str,
    email: str,
    contact_method: str,
    mark: str,
    privacy_version: str = privacy_notice.CURRENT.version,
) -> list[NoticeKind]:
    """Change how a patron is reached; return which mails are on their way to a new address.

    The patron is told by mail and in the inbox. An address that is confirmed stays until the new
    one is (see `confirm_email`); one that is not is replaced at once and not written to again.
    Values are normalised already; an empty one, which the form accepts only where none is stored,
    leaves what is there.

    `mark` is what the page in front of the patron showed (`mark_of`). Raises PageStale where that
    is no longer true, or "", TooOften where new addresses came too often, and PatronErased; then
    nothing is stored. `privacy_version` is the purpose of use that the page showed, kept where
    something new was typed. Must not run inside a transaction (see `accounts.buckets.reserve`).
    """
    if email not in ("", patron.email):
        _reserve_mail(patron)
    with transaction.atomic():
        stored, waiting = _locked(patron)
        phone, email = phone or stored.phone, email or stored.email
        if not constant_time_compare(mark, mark_of(stored, waiting)):
            # A second press of the same button finds what the first one has stored.
            is_stored = (phone, contact_method) == (stored.phone, stored.contact_method)
            if not (is_stored and email in (stored.email, _address_of(waiting))):
                raise PageStale(stored)
            return []
        if (phone, email, contact_method) != (stored.phone, stored.email, stored.contact_method):
            record_notice_shown(patron=stored, version=privacy_version)
        return _change(stored, waiting, phone, email, contact_method)


def _change(
    former: Patron, waiting: EmailConfirmation | None, phone: str, email: str, contact_method: str
) -> list[NoticeKind]:
    stored, has_new_email = former, email != former.email
    must_wait = has_new_email and former.is_email_confirmed
    at_once = former.email if must_wait else email
    if (phone, at_once, contact_method) != (former.phone, former.email, former.contact_method):
        stored = change_contact(
            patron=former, phone=phone, email=at_once, contact_method=contact_method
        )
    if phone != former.phone:
        tell_of_change(patron=stored, what=SecurityChange.PHONE)
    if not has_new_email or (must_wait and email == _address_of(waiting)):
        return []
    mails = []
    if not must_wait:
        # In the inbox, and to the former address that something has changed, but not to the new
        # one: whoever reads that mailbox has just typed it.
        tell_of_change(patron=stored, what=SecurityChange.EMAIL, former=former, by_mail=False)
        if stored.registered_via == RegisteredVia.ONLINE:
            # Its 登録申請受付メール has not reached the patron.
            kind, text = NoticeKind.REGISTRATION_RECEIVED, application_received(patron=stored)
            send(patron=stored, kind=kind, recipient=stored.email, **text._asdict())
            mails.append(kind)
    if stored.email == email and stored.is_email_confirmed:
        # Back to an address that was confirmed before.
        EmailConfirmation.objects.of(stored).delete()
        return mails
    _ask(stored, waiting, email)
    return [*mails, NoticeKind.EMAIL_CONFIRMATION]


@transaction.atomic
def correct_contact(*, patron: Patron, phone: str, email: str, contact_method: str) -> None:
    """Store what staff corrected, at once, and tell the patron.

    Another address is told to the former one too (`security_notices`), and has to be confirmed
    anew. Nothing is written where all is as it is stored. Raises PatronErased.
    """
    former = lock_for_change(patron=patron)
    if (phone, email, contact_method) == (former.phone, former.email, former.contact_method):
        return
    stored = change_contact(patron=patron, phone=phone, email=email, contact_method=contact_method)
    if stored.phone != former.phone:
        tell_of_change(patron=stored, what=SecurityChange.PHONE, by_staff=True)
    if stored.email != former.email:
        # A link on its way to another address is of the former one, and would be dead.
        EmailConfirmation.objects.of(stored).delete()
        tell_of_change(patron=stored, what=SecurityChange.EMAIL, former=former, by_staff=True)


def send_confirmation(*, patron: Patron) -> bool:
    """Mail the link (again) to the address that is still to be confirmed; False where none is.

    Links of earlier mails work on, as long as this one does. Raises TooOften. Must not run
    inside a transaction (see `accounts.buckets.reserve`).
    """
    _reserve_mail(patron)
    with transaction.atomic():
        stored, waiting = _locked(patron)
        email = _address_of(waiting) or ("" if stored.is_email_confirmed else stored.email)
        if email:
            _ask(stored, waiting, email)
        return bool(email)


@transaction.atomic
def cancel_email_change(*, patron: Patron) -> bool:
    """Forget a new address that waits for its confirmation; say whether there was one."""
    stored, waiting = _locked(patron)
    if waiting is None or waiting.email == stored.email:
        return False
    waiting.delete()
    record(Event.ADDRESS_CANCELLED, patron_id=stored.pk)
    return True


def look_at_confirmation(*, patron: Patron, key: str) -> EmailConfirmation:
    """Return what a mailed link confirms, and change nothing.

    Raises MailedLinkDead where it is over, MailedLinkOfAnother where another patron asked for it.
    """
    confirmation = EmailConfirmation.objects.mailed(row_id(key))
    if confirmation is None or not emails.confirms(key, confirmation):
        raise MailedLinkDead
    if confirmation.patron_id != patron.pk:
        raise MailedLinkOfAnother
    return confirmation


@transaction.atomic
def confirm_email(*, patron: Patron, key: str) -> Patron:
    """Take the address that a link was mailed to for the patron's, in place of the one on record.

    The former address is told. Raises PatronErased, and what `look_at_confirmation` does.
    """
    confirmation = _take(patron, key)
    stored = confirmation.patron
    former = copy(stored)
    store_confirmed_email(stored=stored, email=confirmation.email)
    if stored.email != former.email:
        tell_of_change(patron=stored, what=SecurityChange.EMAIL, former=former)
    return stored


def _take(patron: Patron, key: str) -> EmailConfirmation:
    """Return what a key confirms, which is not waiting any more, with its patron's locked row.

    One statement for three: what it finds is as it was when the lock was had.
    """
    confirmation_id = row_id(key)
    found: Any = Patron.objects.raw(_TAKE, [patron.pk, confirmation_id])
    for stored in found:
        taken = EmailConfirmation(
            id=confirmation_id,
            patron=stored,
            email=stored.taken_email,
            created_at=stored.taken_at,
            expires_at=stored.taken_until,
        )
        if taken.is_current and emails.confirms(key, taken):
            return taken
    lock_for_change(patron=patron)
    look_at_confirmation(patron=patron, key=key)
    raise MailedLinkDead


def _ask(patron: Patron, former: EmailConfirmation | None, email: str) -> None:
    """Mail a link to an address, instead of any other that waits.

    Not into the inbox: there, whoever is logged in could press it without reading the mailbox.
    """
    confirmation = former or EmailConfirmation(patron=patron)
    confirmation.email, confirmation.created_at = email, timezone.now()
    confirmation.expires_at = confirmation_expiry()
    confirmation.save()
    record(Event.ADDRESS_ASKED, patron_id=patron.pk)
    send(
        patron=None,
        addressee=patron,
        kind=NoticeKind.EMAIL_CONFIRMATION,
        recipient=email,
        enclosed=Enclosed(emails.CONFIRMATION, confirmation.pk),
        **message(MAIL, patron.language, until=confirmation.expires_at)._asdict(),
    )


def _locked(patron: Patron) -> tuple[Patron, EmailConfirmation | None]:
    """Return the locked patron, and what is to be confirmed, perhaps past its time."""
    stored = lock_for_change(patron=patron)
    return stored, EmailConfirmation.objects.of(stored).first()


def _address_of(waiting: EmailConfirmation | None) -> str:
    return waiting.email if waiting and waiting.is_current else ""


def _reserve_mail(patron: Patron) -> None:
    if wait := reserve([bucket("contact-mail", str(patron.pk), MAIL_LIMIT)]):
        raise TooOften(wait)


def moved_mark_of(patron: Patron) -> str:
    """Return a keyed digest of what 郵便番号とカタカナを確かめてください shows."""
    kana = (patron.last_name_kana, patron.first_name_kana) if patron.kana_outdated else ()
    code = (patron.postal_code,) if patron.postal_code_outdated else ()
    return marks.mark_of("moved", (patron.pk, patron.name, patron.address, kana, code))


@transaction.atomic
def confirm_moved(
    *,
    patron: Patron,
    mark: str,
    kana: tuple[str, str] | None = None,
    postal_code: str | None = None,
) -> None:
    """Store what goes with the name and address that the page showed (`confirm_outdated`).

    `mark` is what it showed (`moved_mark_of`). Raises PageStale where that is no longer true, or
    "", and PatronErased; then nothing is stored.
    """
    # The birth date's lock before the row's: kana are what the duplicate rules compare.
    lock_patron(patron_id=patron.pk)
    stored = lock_for_change(patron=patron)
    if not constant_time_compare(mark, moved_mark_of(stored)):
        raise PageStale(stored)
    confirm_outdated(patron=stored, kana=kana, postal_code=postal_code)
