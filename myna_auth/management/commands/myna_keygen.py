"""Make the key that proves who we are to the identity service, or the one that replaces it.

How the key is changed without an interruption: docs/myna_auth.md, "Keys and their change".
"""

import json
import os
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from myna_auth.keys import KeyProblem, add_key, new_private_key, parse_public_keys, published_keys
from myna_auth.provider import Provider


class Command(BaseCommand):
    help = "Write a new private key (readable by its owner alone) and print the JWKS to hand in."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where the private key (PEM) is written")
        parser.add_argument("--alg", choices=("ES256", "RS256"), default="ES256")
        parser.add_argument("--kid", default="", help="name of the key; its thumbprint if left out")
        parser.add_argument("--jwks", type=Path, help="also write the public JWKS to this file")
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="the JWKS has the keys published now and the new one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        private = new_private_key(options["alg"])
        (jwk,) = parse_public_keys(private)
        try:
            jwks = published_keys(Provider.from_settings()) if options["rotate"] else {"keys": []}
            add_key(jwks["keys"], jwk | {"kid": options["kid"] or jwk["kid"]})
        except KeyProblem as problem:
            raise CommandError(f"Nothing was written. {problem}") from None
        text = json.dumps(jwks, indent=2)
        files = [(options["file"], private, 0o600)]
        if options["jwks"]:
            files.append((options["jwks"], f"{text}\n".encode(), 0o644))
        _write_new(files)
        self.stdout.write(text)


def _write_new(files: list[tuple[Path, bytes, int]]) -> None:
    """Write all of the files or none, and never over one that exists."""
    with ExitStack() as undo:
        for path, content, mode in files:
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
                undo.callback(path.unlink)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            except FileExistsError:
                raise CommandError(f"{path} exists; a key in use is never overwritten.") from None
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}") from None
        undo.pop_all()
