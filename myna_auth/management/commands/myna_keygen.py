"""Make the key that proves who we are to the identity service, or the one that replaces it.

How the key is changed without an interruption: docs/myna_auth.md, "Keys and their change".
"""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from myna_auth.keys import (
    KeyProblem,
    add_key,
    new_private_key,
    parse_private_key,
    public_jwk,
    published_keys,
)
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
        key, _ = parse_private_key(private)
        try:
            jwks = published_keys(Provider.from_settings()) if options["rotate"] else {"keys": []}
            add_key(jwks["keys"], public_jwk(key.public_key(), options["kid"]))
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
    written: list[Path] = []
    try:
        for path, content, mode in files:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            written.append(path)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
    except BaseException as error:
        for done in written:
            done.unlink()
        if isinstance(error, FileExistsError):
            raise CommandError(f"{path} exists; a key in use is never overwritten.") from None
        if isinstance(error, OSError):
            raise CommandError(f"{path}: {error.strerror}") from None
        raise
