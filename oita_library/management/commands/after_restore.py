"""`after_restore`: make a restored backup safe to go on with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Session
from audit.enums import Event
from audit.services import record
from mylibrary.retention import forget_steps
from myna_auth.services import forget_requests
from notices.retention import give_up_waiting
from patrons.numbers import NumberDrawn, NumbersExhausted, advance_by, checked, steps_past

MOST_NUMBERS = 1_000_000
STILL_TO_DO = """\
Still to be done by hand (docs/operations.md):
  - import a file that the library system wrote after its last export: it knows who registered since
  - erase again whom the log calls erased since the backup
  - look through the mails given up ("restored"), and send again those that are still right
  - tell people that passwords, addresses and passkeys are those of the backup
Then start the web processes and the worker."""


class Command(BaseCommand):
    help = (
        "Run once after a backup was restored, before the site and the worker start: numbers that"
        " were given since the backup are not given again, all logins end, links and"
        " identifications under way are void, and mails that waited are given up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        numbers = parser.add_mutually_exclusive_group(required=True)
        numbers.add_argument(
            "--past",
            metavar="NUMBER",
            help="the highest patron number that was seen anywhere, as on the card: in mails, on"
            " printed cards, in the library system",
        )
        numbers.add_argument(
            "--by",
            type=int,
            metavar="N",
            help="more than can have registered since the backup, where no number is known",
        )

    def handle(self, *, past: str | None, by: int | None, **options: Any) -> None:
        """Do all of it or nothing, the numbers last: these are not drawn back by a rollback, and
        what was interrupted must be allowed once more."""
        steps = _steps(past, by)
        with transaction.atomic():
            counts = {
                "logins and sessions ended": Session.objects.all().delete()[0],
                "identifications under way forgotten": forget_requests(),
                "links and unfinished steps made void": forget_steps(),
                "waiting mails given up": give_up_waiting(code="restored"),
            }
            record(Event.RESTORED, reason="past" if by is None else "by", count=steps)
        advance_by(steps)
        where = f"past {past}" if past is not None else f"{by} further"
        self.stdout.write(f"Numbers go on {where}.")
        for what, count in counts.items():
            self.stdout.write(f"{count} {what}.")
        self.stdout.write(STILL_TO_DO)


def _steps(past: str | None, by: int | None) -> int:
    """Return how many numbers are to be skipped."""
    try:
        if past is not None:
            return steps_past(past)
        if by is not None and 0 < by <= MOST_NUMBERS:
            return checked(by)
    except ValueError:
        raise CommandError(
            f"{past} is no patron number: it is whole, with its check digit. Nothing is changed."
        ) from None
    except NumberDrawn:
        raise CommandError(
            f"{past} has been drawn already, and numbers never go back. Nothing is changed."
        ) from None
    except NumbersExhausted:
        raise CommandError("There are not so many numbers. Nothing is changed.") from None
    raise CommandError(f"--by must be from 1 to {MOST_NUMBERS}. Nothing is changed.")
