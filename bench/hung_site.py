"""The site on a PostgreSQL server of its own, which may be stopped in the middle of anything."""

import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from bench.stack import BASE_DIR, free_ports
from demo.embedded_postgres import TEST, EmbeddedPostgres, home_directory

START_SECONDS = 60
WORKERS, THREADS = 2, 4


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    text: str
    seconds: float
    headers: Mapping[str, str]


@dataclass(frozen=True)
class HungSite:
    """The site under gunicorn, whose process id is `pid`, its database and the URL of that."""

    port: int
    url: str
    postgres: EmbeddedPostgres
    directory: Path
    environment: Mapping[str, str]
    pid: int = 0

    def log(self, program: str) -> Path:
        """Return where a program of the site writes."""
        return self.directory / f"{program}.log"

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen]:
        """Run Python with arguments on the site's database; its log is named after the second."""
        with (
            self.log(arguments[1]).open("w") as output,
            subprocess.Popen(
                [sys.executable, *arguments],
                cwd=BASE_DIR,
                env=os.environ | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: str | None = None,
        timeout: float = 60,
        **headers: str,
    ) -> Answer:
        """Send one request on a connection of its own; OSError where there is no answer."""
        sent = {"Host": f"localhost:{self.port}"} | headers
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        begun = time.monotonic()
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            seconds = time.monotonic() - begun
            return Answer(answer.status, text, seconds, dict(answer.getheaders()))
        finally:
            connection.close()

    def ask_database(self, path: str = "/mylibrary/") -> Answer:
        """Open a page that reads a session, as a browser with a cookie does."""
        return self.ask(path, Cookie=f"sessionid={secrets.token_hex(16)}")

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Stop the server and every process of it, as a machine that swaps or a dead disk does."""
        processes = _server_processes(self.postgres)
        for pid in processes:
            _signal(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(processes):
                _signal(pid, signal.SIGCONT)


@contextmanager
def hung_site() -> Iterator[HungSite]:
    """Start a server with a migrated database and the site on it; leave nothing behind."""
    with ExitStack() as exits:
        # PostgreSQL's user must be able to reach it.
        directory = Path(tempfile.mkdtemp(prefix="oita-hung-", dir="/var/tmp"))
        exits.callback(shutil.rmtree, directory)
        directory.chmod(0o755)
        postgres = EmbeddedPostgres(directory, TEST)
        exits.callback(shutil.rmtree, home_directory(directory), ignore_errors=True)
        exits.callback(postgres.stop, force=True)
        postgres.start(die_with_parent=True)
        there = postgres.settings
        query = f"host={quote(there['HOST'], safe='')}&port={there['PORT']}"
        url = f"postgres://{there['USER']}@/{there['NAME']}?{query}"
        (port,) = free_ports(1)
        environment = {
            "DEPLOYMENT": "demo",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url,
            "PUBLIC_BASE_URL": f"http://localhost:{port}",
            "GUNICORN_BIND": f"127.0.0.1:{port}",
            "GUNICORN_WORKERS": str(WORKERS),
            "GUNICORN_THREADS": str(THREADS),
        }
        site = HungSite(port, url, postgres, directory, environment)
        with site.running("manage.py", "migrate", "--no-input", "--verbosity", "0") as migrating:
            if migrating.wait():
                raise RuntimeError(site.log("migrate").read_text())
        with site.running("-m", "gunicorn") as server:
            _wait_for(site)
            yield replace(site, pid=server.pid)


def _wait_for(site: HungSite) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError):
            if site.ask("/health/ready/").status == 200:
                return
        if time.monotonic() > deadline:
            raise RuntimeError(f"the site does not serve\n{site.log('gunicorn').read_text()}")
        time.sleep(0.1)


def _server_processes(postgres: EmbeddedPostgres) -> list[int]:
    assert postgres.process is not None
    first = postgres.process.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
