"""Writing messages."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from notices.enclosures import KEY, Enclosed, makers
from notices.enums import OPTIONAL, NoticeKind
from notices.models import LONGEST_SUBJECT, MailPreference, Notice, NoticeChoice
from notices.tasks import defer_with_transaction, send_mail
from notices.texts import DIGITS, LINK, TITLES, in_every_language
from notices.titles import givers
from patrons.models import Patron

LINE_BREAKING = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def send(
    *,
    patron: Patron | None,
    kind: NoticeKind | str,
    subject: str,
    body: str,
    recipient: str,
    addressee: Patron | None = None,
    enclosed: Enclosed | None = None,
    about: Sequence[int] = (),
) -> Notice:
    """Put a message into a patron's inbox and queue its mail, in the caller's transaction.

    Row and job commit or roll back with the caller; the job carries the row's id only. Without
    a recipient, and where the patron declined the mails of this kind, the message stays in the
    inbox and no mail is queued; without a patron it is a mail only, and `addressee` says whose
    address the recipient is or is to be. A link with a key, or digits, are never in the text: it
    keeps a place for what is `enclosed`, and one for the titles of the rows it is `about` (their
    primary keys; `notices.titles`). Raises ValueError where it does otherwise.
    """
    notice = Notice(
        patron=patron,
        addressee=addressee,
        kind=kind,
        subject=subject,
        body=body,
        enclosed=enclosed.name if enclosed else "",
        enclosed_id=str(enclosed.row) if enclosed else "",
        about=list(about),
        recipient=recipient,
    )
    send_all(notices=[notice])
    return notice


# No savepoint: what fails here must undo the caller's work too.
@transaction.atomic(savepoint=False)
def send_all(*, notices: Sequence[Notice]) -> None:
    """Store messages that are not stored yet and queue their mails, in one go; as `send`."""
    places, title_places = in_every_language(LINK, DIGITS), in_every_language(TITLES)
    for notice in notices:
        notice.kind = NoticeKind(notice.kind)
        has_place = any(place in notice.body for place in places)
        if f"?{KEY}=" in notice.body or has_place != bool(notice.enclosed):
            raise ValueError("what opens something is enclosed, at its place in the text")
        if notice.enclosed and notice.enclosed not in makers:
            raise ValueError(f"nobody makes {notice.enclosed}")
        if bool(notice.about) != any(place in notice.body for place in title_places):
            raise ValueError("what a message is about has its titles' place in the text")
        if notice.about and (notice.patron is None or notice.kind not in givers):
            raise ValueError(f"nobody gives the titles of {notice.kind} to a patron")
        if notice.recipient and notice.patron and notice.kind in OPTIONAL:
            declined = notice.patron.mail_preferences.filter(kind=notice.kind, wanted=False)
            notice.recipient = "" if declined.exists() else notice.recipient
        notice.subject = LINE_BREAKING.sub(" ", notice.subject).strip()
        if len(notice.subject) > LONGEST_SUBJECT:
            notice.subject = f"{notice.subject[: LONGEST_SUBJECT - 1]}…"
    Notice.objects.bulk_create(notices)
    if mails := [{"notice_id": notice.pk} for notice in notices if notice.recipient]:
        defer_with_transaction(send_mail, *mails)


@transaction.atomic
def send_again(*, notice: Notice) -> bool:
    """Queue a mail that was given up once more; False when it was not given up."""
    revived = Notice.objects.given_up().filter(pk=notice.pk).update(failed_at=None)
    if revived:
        defer_with_transaction(send_mail, {"notice_id": notice.pk})
    return bool(revived)


def wanted_mails(*, patron: Patron) -> dict[NoticeKind, bool]:
    """Return for each kind that may be declined whether the patron wants its mails."""
    chosen = dict(patron.mail_preferences.values_list("kind", "wanted"))
    return {kind: chosen.get(kind, True) for kind in OPTIONAL}


def choose_mails(*, patron: Patron, wanted: Mapping[NoticeKind, bool]) -> None:
    """Store which mails a patron wants; ValueError for a kind whose mail always comes."""
    if refused := [kind for kind in wanted if kind not in OPTIONAL]:
        raise ValueError(f"mails of these kinds always come: {refused}")
    MailPreference.objects.bulk_create(
        [MailPreference(patron=patron, kind=kind, wanted=asked) for kind, asked in wanted.items()],
        update_conflicts=True,
        unique_fields=["patron", "kind"],
        update_fields=["wanted"],
    )


def choose_contents(*, patron: Patron, titles_in_mails: bool, days_before_due: int) -> None:
    """Store whether mails have titles, and how long before it is due a loan is told of."""
    chosen = {"titles_in_mails": titles_in_mails, "days_before_due": days_before_due}
    NoticeChoice.objects.update_or_create(patron=patron, defaults=chosen)


def mark_read(*, notice: Notice) -> None:
    """Take a message for read; the moment of the first time stays."""
    if notice.read_at is None:
        Notice.objects.unread().filter(pk=notice.pk).update(read_at=timezone.now())


def mark_unread(*, notice: Notice) -> None:
    """Put a message back among the unread ones."""
    Notice.objects.filter(pk=notice.pk).update(read_at=None)


def mark_all_read(*, patron: Patron, until: datetime) -> int:
    """Take a patron's messages that were written by then for read; return how many there were."""
    seen = Notice.objects.inbox_of(patron).unread().filter(created_at__lte=until)
    return seen.update(read_at=timezone.now())
