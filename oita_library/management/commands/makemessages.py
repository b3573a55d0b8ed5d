"""`makemessages`: bring the translations up to the code, without gettext's programs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oita_library import translations


class Command(BaseCommand):
    help = "Bring locale/*/LC_MESSAGES/django.po up to the code; --check only says what is wrong."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail on a fault")

    def handle(self, *, check: bool, **options: Any) -> None:
        if not check:
            for path in translations.catalog_paths():
                translations.update(path)
            return
        for fault in (faults := list(translations.faults())):
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults: see docs/architecture.md, a language.")
