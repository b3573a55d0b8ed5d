"""`recheck_residency`: run the residency rule again over what was decided by an earlier table.

Without `--apply` it only lists, without names or addresses; exit status 1 means that stored
decisions are not the rule's. It walks in short transactions, passes by a row that a request holds,
and can be stopped and begun again. `updated_at` and `moved_out_at` stay.
"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patrons.residency import RULES
from patrons.residency_services import Batch, Stored, recheck, recheck_patrons
from registration.application.enums import CLOSED_STATES
from registration.application.models import Application


class Command(BaseCommand):
    help = (
        "Decide anew on the address of every active patron and open application and list whose"
        " decision changes: number or application ID, municipality, reason and table version."
        " Writes nothing without --apply. Exits with 1 while stored decisions are not the rule's."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="store the new decisions")

    def handle(self, *args: Any, **options: Any) -> None:
        write = options["apply"]
        self.stdout.write(f"table: {RULES.version}")
        different = self._report("patron", recheck_patrons(write=write), write=write)
        # No application changes its state or its time: a draft is decided again when it is entered
        # and confirmed, a review by the staff.
        decided = Application.objects.exclude(state__in=CLOSED_STATES).exclude(residency_reason="")
        rechecked = recheck(rows=decided, label="pk", write=write)
        different += self._report("application", rechecked, write=write)
        if different and write:
            raise CommandError(f"{different} rows were in use and are not written: run again.")
        if different:
            raise CommandError("Nothing was written: run again with --apply.")

    def _report(self, kind: str, batches: Iterator[Batch], *, write: bool) -> int:
        """Write the changes as they come; return how many stored decisions are still different."""
        count: Counter[str] = Counter()
        for batch in batches:
            count["checked"] += batch.checked
            count["left"] += batch.left
            for change in batch.changes:
                count["version" if change.is_version_only else "change"] += 1
                if not change.is_version_only:
                    before, after = _text(change.before), _text(change.after)
                    self.stdout.write(f"{kind} {change.label}: {before} -> {after}")
        self.stdout.write(
            f"{kind}s: {count['checked']} checked, {count['change']} decided otherwise,"
            f" {count['version']} only by a new version, {count['left']} in use"
        )
        return count["left"] if write else count["change"] + count["version"]


def _text(decision: Stored) -> str:
    return " ".join(value or "-" for value in decision)
