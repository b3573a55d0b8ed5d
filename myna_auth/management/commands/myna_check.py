"""Ask the configured identity service whether an identification would work."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from myna_auth.provider import Provider


class Command(BaseCommand):
    help = (
        "Check settings and key, then the identity service itself: discovery, keys, certificates, "
        "clock, and whether it accepts our key. One line per finding; fails when one is a PROBLEM."
    )
    # They are part of the report.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-token-request",
            action="store_true",
            help="do not try our key with a made-up code, which the service will log as a failure",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Keeps the HTTP client out of `manage.py help`.
        from myna_auth.diagnosis import PROBLEM, diagnose

        problems = 0
        provider = Provider.from_settings()
        for finding in diagnose(provider, with_token_request=not options["no_token_request"]):
            self.stdout.write(f"{finding.level:<8} {finding.text}")
            problems += finding.level == PROBLEM
        if problems:
            raise CommandError(f"{problems} to solve before anybody can be identified.")
