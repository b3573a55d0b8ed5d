"""`find_doubles`: look among the stored patrons for people who are registered twice."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patrons.doubles.services import ImportUnderWay, search, search_anew


class Command(BaseCommand):
    help = (
        "Look at the patrons who changed since the last time, imported ones included, and list for"
        " staff who may be registered twice. The first time, and after a change of the rules, all"
        " patrons are looked at. Writes no names. Can be interrupted and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="look at all patrons once more")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"]:
            search_anew()
        patrons = found = 0
        try:
            for looked in search():
                patrons += looked.patrons
                found += looked.found
        except ImportUnderWay:
            raise CommandError("An import is running: run again when it has ended.") from None
        self.stdout.write(f"patrons: {patrons} looked at, {found} new pairs for staff")
