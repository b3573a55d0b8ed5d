"""Handing one mail to the mail server, and recording what became of it."""

import logging
import smtplib
from datetime import timedelta
from email.charset import Charset
from email.header import Header
from enum import Enum
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.mail import DNS_NAME, EmailMessage, get_connection
from django.core.mail.message import sanitize_address
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from notices import enclosures
from notices.bounces import is_about_the_address
from notices.errors import MailDelayed
from notices.models import Notice
from outages.deadline import seconds_left
from patrons.bounce_services import record_bounce, record_delivery

logger = logging.getLogger(__name__)

# A claim outlasts the sending by this, for the steps around it.
CLAIM_MARGIN = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=14)
# Refused for want of our own credentials: a fault to be mended here, not the recipient's.
OUR_FAULT = frozenset({530, 534, 535, 538})


class Outcome(Enum):
    """What the mail server said to a mail; BOUNCED is refused because of the address."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"
    BOUNCED = "bounced"


def deliver(*, notice_id: int) -> None:
    """Send the mail of one message unless that is done already.

    In four steps: it is claimed, composed, handed to the mail server, and the outcome recorded.
    No transaction and no connection to the database is open while the mail server is spoken to,
    which takes EMAIL_TIMEOUT at most, and so long and more nobody else may claim it: two workers
    never send one mail at the same time, whatever became of the first. A worker that dies before
    the outcome is recorded leaves a claim that ends by itself, and the mail is sent then: a second
    time, with the same Message-ID, where the mail server had it already. None is lost.

    Raises `MailDelayed` when it must be tried again.
    """
    # Asked once in a process, in the resolver's own time: before any time is counted.
    str(DNS_NAME)
    deadline = monotonic() + settings.EMAIL_TIMEOUT
    notice = _claim(notice_id)
    if notice is None:
        return
    with transaction.atomic():
        mail = compose(notice)
    if not connection.in_atomic_block:
        # Back to the pool: a mail server that hangs must not hold it.
        connection.close()
    outcome, code = _post(notice, mail, deadline)
    failed = _record(notice, outcome, code)
    if failed:
        logger.warning("Mail given up", extra={"notice_id": notice_id, "code": code})
    elif outcome is not Outcome.SENT:
        raise MailDelayed(code)


def _claim(notice_id: int) -> Notice | None:
    """Take a message for ourselves; None where there is nothing to send (any more).

    Raises `MailDelayed` where it is another worker's, or was one's that died a moment ago.
    """
    waiting = Notice.objects.to_be_sent().filter(pk=notice_id)
    lasts = timedelta(seconds=settings.EMAIL_TIMEOUT) + CLAIM_MARGIN
    if waiting.unclaimed(lasts).update(claimed_at=Now()):
        return Notice.objects.filter(pk=notice_id).first()
    if waiting.exists():
        raise MailDelayed("busy")
    return None


@transaction.atomic
def _record(notice: Notice, outcome: Outcome, code: str) -> bool:
    """Store what became of a mail, and say whether it is given up.

    That it was sent is true whoever claimed it since; the rest is the claimant's to say.
    """
    # The patron's row before the message's, as whoever erases a patron locks them.
    _remember(notice, outcome)
    now = timezone.now()
    told: dict[str, object] = {"attempts": F("attempts") + 1, "last_error_code": code}
    rows = Notice.objects.filter(pk=notice.pk)
    if outcome is Outcome.SENT:
        rows.update(sent_at=now, failed_at=None, claimed_at=None, **told)
        return False
    failed = outcome is not Outcome.DELAYED or notice.created_at < now - GIVE_UP_AFTER
    rows.filter(claimed_at=notice.claimed_at).update(
        failed_at=now if failed else None, claimed_at=None, **told
    )
    return failed


def _remember(notice: Notice, outcome: Outcome) -> None:
    """Keep at the patron what the mail says about the address, if it is still the patron's."""
    patron_id = notice.patron_id or notice.addressee_id
    if patron_id is None:
        return
    if outcome is Outcome.SENT:
        record_delivery(patron_id=patron_id, address=notice.recipient)
    elif outcome is Outcome.BOUNCED:
        record_bounce(patron_id=patron_id, address=notice.recipient)


class _Subject(Header):
    """A subject in encoded words of at most 75 characters (RFC 2047); Python makes longer ones."""

    LONGEST_LINE = 76

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return super().encode(*args, **kwargs | {"maxlinelen": self.LONGEST_LINE})


class Mail(EmailMessage):
    """Plain text in UTF-8 that old relays and old mail programs show as it was written.

    The body is base64 (Django's 8-bit lines would need the server's 8BITMIME), and the subject
    begins on the header's first line (Django's long ones begin on the second, which some programs
    show with a blank in front).
    """

    encoding = Charset("utf-8")

    def message(self, **kwargs: Any) -> Any:
        """Return the message as it goes to the mail server."""
        message: Any = super().message(**kwargs)
        message.replace_header(
            "Subject", _Subject(str(self.subject), self.encoding, header_name="Subject")
        )
        return message


def compose(notice: Notice) -> Mail | None:
    """Return a message's mail, with what it encloses; None where that opens nothing any more."""
    body = enclosures.fill(notice)
    if body is None:
        return None
    return Mail(
        subject=notice.subject,
        body=body,
        to=[notice.recipient],
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )


def _post(notice: Notice, mail: Mail | None, deadline: float) -> tuple[Outcome, str]:
    """Hand the mail over; return the outcome and a short code, never the server's own words."""
    if not _is_an_address(notice.recipient):
        return Outcome.BOUNCED, "address"
    if mail is None:
        return Outcome.REFUSED, "over"
    server = None
    try:
        server = get_connection(timeout=seconds_left(deadline))
        server.open()
        server.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        return _judge(*min(error.recipients.values()))
    except smtplib.SMTPDataError as error:
        return _judge(error.smtp_code, error.smtp_error)
    except smtplib.SMTPResponseException as error:
        return Outcome.DELAYED, str(error.smtp_code)
    except (ValueError, smtplib.SMTPNotSupportedError):
        return Outcome.REFUSED, "message"
    except OSError:
        return Outcome.DELAYED, "connection"
    finally:
        if server:
            server.close()
    return Outcome.SENT, ""


def _is_an_address(text: str) -> bool:
    """Return whether a mail can be addressed like this: imported patrons may have anything."""
    try:
        sanitize_address(text, "utf-8")
    except ValueError:
        return False
    return True


def _judge(code: int, answer: bytes | str) -> tuple[Outcome, str]:
    if not 500 <= code < 600 or code in OUR_FAULT:
        return Outcome.DELAYED, str(code)
    text = answer if isinstance(answer, str) else answer.decode("ascii", errors="replace")
    about_the_address = is_about_the_address(code, text)
    return (Outcome.BOUNCED if about_the_address else Outcome.REFUSED), str(code)
