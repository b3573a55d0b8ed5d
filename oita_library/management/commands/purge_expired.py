"""`purge_expired`: delete or erase everything whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oita_library.retention import apply_rules


class Command(BaseCommand):
    help = (
        "Delete or erase everything whose time is over, as docs/data-retention.md says, and print"
        " how much of each kind. The worker does it every night; it can be run at any time, twice,"
        " and be killed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for kind, amount in apply_rules():
            if amount is None:
                failed.append(kind)
            else:
                self.stdout.write(f"{kind}: {amount}")
        if failed:
            raise CommandError(f"failed, see the log: {', '.join(failed)}")
