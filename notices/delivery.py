"""Handing one mail to the mail server, and recording what became of it."""

import logging
import re
import smtplib
from datetime import timedelta
from email.charset import Charset
from email.header import Header
from enum import Enum
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.mail import DNS_NAME, EmailMultiAlternatives, get_connection
from django.core.mail.message import sanitize_address
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from notices import enclosures, titles
from notices.html_part import html_part
from notices.models import Notice
from outages.deadline import seconds_left
from patrons.services import record_bounce, record_delivery

logger = logging.getLogger(__name__)

# A claim outlasts the sending by this, for the steps around it.
CLAIM_MARGIN = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=14)
# Refused for want of our own credentials: a fault to be mended here, not the recipient's.
OUR_FAULT = frozenset({530, 534, 535, 538})
# Where three digits are all there is (RFC 5321, section 4.2.3; RFC 7504): no such mailbox, moved,
# full, misnamed; a domain without mail. 554 and the rest say nothing about the address.
ABOUT_THE_ADDRESS = frozenset({550, 551, 552, 553, 556})
# Enhanced codes (RFC 3463, and the IANA registry of them): addressing, mailbox, routing …
SUBJECTS_OF_THE_ADDRESS = frozenset({1, 2, 4})
# … except these: the sender's address, the sender's system, a message too long for the mailbox.
NOT_THE_ADDRESS = frozenset({"1.7", "1.8", "2.3"})
ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")


class MailDelayed(Exception):
    """A mail could not be handed over yet: why, in one word or SMTP code that may be logged."""


class Outcome(Enum):
    """What the mail server said to a mail; BOUNCED is refused because of the address."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"
    BOUNCED = "bounced"


def deliver(*, notice_id: int) -> None:
    """Send the mail of one message unless that is done already.

    It is claimed, composed, handed to the mail server with no transaction or connection open, and
    the outcome recorded. A claim outlasts EMAIL_TIMEOUT, the most that the mail server may take: no
    two workers send one mail at the same time. It ends by itself where a worker died; the mail is
    sent then, a second time with the same Message-ID where the mail server had it. None is lost.

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
    if _record(notice, outcome, code):
        logger.warning("Mail given up", extra={"notice_id": notice_id, "code": code})
    elif outcome is not Outcome.SENT:
        raise MailDelayed(code)


def _claim(notice_id: int) -> Notice | None:
    """Take a message for ourselves; None where there is nothing to send (any more).

    Raises `MailDelayed` where it is (or was a moment ago) another worker's.
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
    # The patron keeps what it says of an address that is still the patron's: whose row comes before
    # the message's, as whoever erases a patron locks them.
    if patron_id := notice.patron_id or notice.addressee_id:
        if outcome is Outcome.SENT:
            record_delivery(patron_id=patron_id, address=notice.recipient)
        elif outcome is Outcome.BOUNCED:
            record_bounce(patron_id=patron_id, address=notice.recipient)
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


class _Subject(Header):
    """A subject in encoded words of at most 75 characters (RFC 2047); Python makes longer ones."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return super().encode(*args, **kwargs | {"maxlinelen": 76})


class Mail(EmailMultiAlternatives):
    """Text in UTF-8 that old relays and old mail programs show as it was written.

    Each part is base64 (Django's 8-bit lines need the server's 8BITMIME), and the subject begins on
    the header's first line (Django's long ones on the second, which some show with a blank).
    """

    encoding = Charset("utf-8")

    def message(self, **kwargs: Any) -> Any:
        message: Any = super().message(**kwargs)
        message.replace_header(
            "Subject", _Subject(str(self.subject), self.encoding, header_name="Subject")
        )
        return message


def compose(notice: Notice) -> Mail | None:
    """Return a mail, text and HTML, with what it encloses; None where that opens nothing now."""
    body = enclosures.fill(notice)
    if body is None:
        return None
    body = titles.as_mailed(notice, body)
    mail = Mail(
        subject=notice.subject,
        body=body,
        to=[notice.recipient],
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html_part(notice.subject, body), "text/html")
    return mail


def _post(notice: Notice, mail: Mail | None, deadline: float) -> tuple[Outcome, str]:
    """Hand the mail over; return the outcome and a short code, never the server's own words."""
    try:
        sanitize_address(notice.recipient, "utf-8")
    except ValueError:
        return Outcome.BOUNCED, "address"  # imported patrons may have anything for one
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


def _judge(code: int, answer: bytes | str) -> tuple[Outcome, str]:
    if not 500 <= code < 600 or code in OUR_FAULT:
        return Outcome.DELAYED, str(code)
    text = answer if isinstance(answer, str) else answer.decode("ascii", errors="replace")
    about_the_address = is_about_the_address(code, text)
    return (Outcome.BOUNCED if about_the_address else Outcome.REFUSED), str(code)


def is_about_the_address(code: int, answer: str) -> bool:
    """Return whether a refusal for good (5xx) blames the recipient's address, not the library.

    Blamed for a policy that refuses the library's server, every patron's address would look wrong
    at once. `answer` is the server's text behind the code; where it begins with an enhanced code,
    that decides: servers answer 550 to a policy (5.7.1) and to an unknown mailbox (5.1.1).
    """
    found = ENHANCED.match(answer)
    if found is None:
        return code in ABOUT_THE_ADDRESS
    subject, detail = map(int, found.groups())
    return subject in SUBJECTS_OF_THE_ADDRESS and f"{subject}.{detail}" not in NOT_THE_ADDRESS
