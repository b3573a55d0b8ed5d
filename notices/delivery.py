"""Handing one mail to the mail server, and recording what became of it."""

import contextlib
import logging
import smtplib
from datetime import timedelta
from email.charset import Charset
from email.header import Header
from enum import Enum
from typing import Any

from django.core.mail import EmailMessage, SafeMIMEText, get_connection
from django.core.mail.message import sanitize_address
from django.db import connection, transaction
from django.utils import timezone

from notices import enclosures
from notices.bounces import is_about_the_address
from notices.errors import MailDelayed
from notices.models import Notice
from patrons.bounce_services import record_bounce, record_delivery

logger = logging.getLogger(__name__)

LOCK_CLASS = 0x4E4F
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

    A transaction-level advisory lock keeps a second worker from sending the same mail at the
    same time; it leaves the row free for the patron's inbox and ends with a killed worker's
    connection. Raises `MailDelayed` when it must be tried again. A worker that dies between the
    mail server's answer and the commit sends the mail twice, with the same Message-ID.
    """
    with transaction.atomic():
        if not _claim(notice_id):
            raise MailDelayed("busy")
        notice = Notice.objects.to_be_sent().filter(pk=notice_id).first()
        if notice is None:
            return
        outcome, code = _post(notice)
        # The patron's row before the message's, as whoever erases a patron locks them.
        _remember(notice, outcome)
        now = timezone.now()
        notice.attempts += 1
        notice.last_error_code = code
        if outcome is Outcome.SENT:
            notice.sent_at = now
        elif outcome is not Outcome.DELAYED or notice.created_at < now - GIVE_UP_AFTER:
            notice.failed_at = now
        notice.save(update_fields=["attempts", "last_error_code", "sent_at", "failed_at"])
    if notice.failed_at:
        logger.warning("Mail given up", extra={"notice_id": notice_id, "code": code})
    elif not notice.sent_at:
        raise MailDelayed(code)


def _claim(notice_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, notice_id & 0x7FFFFFFF]
        )
        return cursor.fetchone()[0]


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

    def message(self) -> SafeMIMEText:
        """Return the message as it goes to the mail server."""
        message = super().message()
        message.replace_header(
            "Subject", _Subject(self.subject, self.encoding, header_name="Subject")
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


def _post(notice: Notice) -> tuple[Outcome, str]:
    """Hand the mail over; return the outcome and a short code, never the server's own words."""
    if not _is_an_address(notice.recipient):
        return Outcome.BOUNCED, "address"
    mail = compose(notice)
    if mail is None:
        return Outcome.REFUSED, "over"
    server = get_connection()
    try:
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
    except (smtplib.SMTPException, OSError):
        return Outcome.DELAYED, "connection"
    finally:
        # A mail that was accepted stays sent, whatever happens to the goodbye.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.close()
    return Outcome.SENT, ""


def _is_an_address(text: str) -> bool:
    """Tell whether a mail can be addressed like this: imported patrons may have anything."""
    try:
        sanitize_address(text, "utf-8")
    except ValueError:
        return False
    return True


def _judge(code: int, answer: bytes) -> tuple[Outcome, str]:
    if not 500 <= code < 600 or code in OUR_FAULT:
        return Outcome.DELAYED, str(code)
    about_the_address = is_about_the_address(code, answer.decode("ascii", errors="replace"))
    return (Outcome.BOUNCED if about_the_address else Outcome.REFUSED), str(code)
