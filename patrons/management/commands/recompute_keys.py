"""`recompute_keys`: compute the matching keys of stored patrons anew after the folding changed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from patrons.key_services import recompute_keys
from patrons.matching.keys import KEYS_VERSION


class Command(BaseCommand):
    help = (
        "Compute the keys of name, kana, address and e-mail of every patron anew and list whose"
        " change: number, which keys, and patrons who have the same name and birth date from now"
        " on, whom staff should look at. Can be interrupted and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        write = not options["dry_run"]
        checked = changed = alike = 0
        self.stdout.write(f"keys: {KEYS_VERSION}")
        for batch in recompute_keys(write=write):
            checked += batch.checked
            changed += len(batch.changes)
            for change in batch.changes:
                alike += bool(change.namesakes)
                line = f"patron {change.number}: {' '.join(change.keys)}"
                if change.namesakes:
                    line += f", same name as {' '.join(change.namesakes)}"
                self.stdout.write(line)
        self.stdout.write(
            f"patrons: {checked} checked, {changed} {'changed' if write else 'would change'},"
            f" {alike} with somebody of the same name and birth date"
        )
