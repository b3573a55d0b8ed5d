"""Make the key that proves who we are to the identity service."""

import json
import os
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from myna_auth.keys import new_private_key, published_keys
from myna_auth.provider import Provider


class Command(BaseCommand):
    help = "Write a new private key (readable by its owner alone) and print the JWKS to hand in."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where the private key (PEM) is written")
        parser.add_argument("--alg", choices=("ES256", "RS256"), default="ES256")
        parser.add_argument("--kid", default="", help="name of the key; its thumbprint if left out")
        parser.add_argument("--jwks", type=Path, help="also write the public JWKS to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{path} exists; a key in use is never overwritten.") from None
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(new_private_key(options["alg"]))
        provider = replace(
            Provider.from_settings(),
            key_file=str(path),
            key_id=options["kid"],
            assertion_algorithm=options["alg"],
        )
        jwks = json.dumps(published_keys(provider), indent=2)
        if options["jwks"]:
            options["jwks"].write_text(jwks + "\n")
        self.stdout.write(jwks)
