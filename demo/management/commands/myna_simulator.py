"""Run the simulated identity service with this site's settings."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.simulator.__main__ import main


class Command(BaseCommand):
    help = "Run the simulated identity service (never in production)."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=os.environ.get("MYNA_SIMULATOR_PORT", 8001))

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The simulator refuses to run with DEPLOYMENT=production.")
        arguments = {
            "host": options["host"],
            "port": options["port"],
            "issuer": settings.MYNA_ISSUER,
            "deployment": settings.DEPLOYMENT,
            "client-id": settings.MYNA_CLIENT_ID,
            "client-key": settings.MYNA_CLIENT_PRIVATE_KEY_FILE,
            "client-key-id": settings.MYNA_CLIENT_KEY_ID,
            "assertion-audience": settings.MYNA_CLIENT_ASSERTION_AUDIENCE,
            "redirect-uri": settings.MYNA_CALLBACK_URL,
        }
        os.chdir(settings.BASE_DIR)
        main([f"--{name}={value}" for name, value in arguments.items()])
