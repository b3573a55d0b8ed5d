"""Run the whole service on this machine."""

import fcntl
import json
import os
import signal
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from catalog.meaning import client, embedding, table
from demo import (
    sample_catalog,
    sample_data,
    sample_loans,
    sample_news,
    static_collection,
    supervisor,
)
from demo.embedded_postgres import EmbeddedPostgres
from demo.environment import DemoEnvironment, demo_environment
from demo.postgres_wheel import PostgresError
from demo.supervisor import Program, StartError, Supervisor
from myna_auth.provider import Provider
from outages.database.base import DatabaseWrapper

BANNER = """
  大分市民図書館 — demo on this machine

  Site        {site}/
  Admin       {site}{admin}   user: {staff}   password: {password}
              {roles}: the same password
"""
REGISTER = """\
  Identity    {MYNA_ISSUER}   client: {MYNA_CLIENT_ID}
              It identifies nobody here until it knows this client's redirect URI
              {site}/myna/callback/
              and key, {MYNA_CLIENT_PRIVATE_KEY_FILE}, whose JWKS is
              {jwks}
              ({site}/myna/jwks.json). `DEPLOYMENT=demo manage.py myna_check` asks it."""
DATABASE_PAUSE = 1.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked the demo to stop."""


class Command(BaseCommand):
    """Start database, simulator, mail sink, worker and web; stop all of it when told to."""

    help = "Run the whole service on this machine: database, simulator, mail, worker and web."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="only migrate, make the client key and load the sample data (DATABASE_URL's)",
        )

    def handle(self, *, prepare: bool, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C; CommandError says what keeps the demo from starting."""
        if not settings.DEMO:
            raise CommandError("The demo runs with DEPLOYMENT=demo only.")
        try:
            demo = demo_environment(os.environ, settings.BASE_DIR)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.server = EmbeddedPostgres(settings.BASE_DIR) if demo.embedded_server else None
        self.programs = Supervisor(settings.BASE_DIR, settings.BASE_DIR / "var/log", self.say)
        lock = self.only_one()
        for number in SIGNALS:
            signal.signal(number, _stop)
        try:
            if prepare:
                if self.server:
                    self.server.start(die_with_parent=True)
                self.say(_banner(demo, self.prepare(demo)))
                return
            self.start(demo)
            self.watch()
        except (StartError, PostgresError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        except Stopped:
            self.say("Stopping.")
        finally:
            _ignore_signals()
            self.programs.stop()
            if self.server:
                self.server.stop(force=True)
            os.close(lock)

    def only_one(self) -> int:
        """Hold this checkout's demo lock: two demos would share a database and end each other's."""
        path = settings.BASE_DIR / "var" / "demo.lock"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("This checkout's demo is running already.") from None
        return lock

    def start(self, demo: DemoEnvironment) -> None:
        """Bring everything up, the database first, and say where it is."""
        for what, variable, port in demo.ports():
            if not supervisor.is_free(port):
                raise StartError(
                    f"Port {port}, meant for {what}, is used by another program. Stop that "
                    f"program, or choose another port: {variable}={port + 100} make run"
                )
        if self.server:
            self.say("Starting PostgreSQL …")
            self.server.start(die_with_parent=True)
        self.say("Preparing the database and the static files …")
        static_collection.collect()
        password = self.prepare(demo)
        self.say("Starting the programs …")
        self.programs.start(list(_programs(demo)))
        self.say(_banner(demo, password))
        self.say("\n  Stop with Ctrl-C.")

    def prepare(self, demo: DemoEnvironment) -> str | None:
        """Migrate, make the client key and the sample data; return the staff password."""
        # The key first: the system checks that come with `migrate` ask for it.
        key = Path(demo.variables["MYNA_CLIENT_PRIVATE_KEY_FILE"])
        if not key.exists():
            call_command("myna_keygen", key, stdout=StringIO())
        call_command("migrate", verbosity=0, interactive=False, skip_checks=False)
        password = sample_data.load(
            issuer=demo.variables["MYNA_ISSUER"],
            password_file=settings.BASE_DIR / "var" / "staff-password",
        )
        if sample_catalog.load():
            sample_loans.load()
        sample_news.load()
        try:
            table.set_up()
        except table.CannotSetUp as missing:
            self.say(f"Without AI蔵書探索: {missing}")
        for connection in connections.all():
            connection.close()
            if isinstance(connection, DatabaseWrapper):
                connection.close_pool()
        return password

    def watch(self) -> None:
        """Keep the programs and the embedded server running, for ever."""
        while True:
            time.sleep(0.2)
            self.programs.tend()
            if self.server and not self.server.is_child_alive():
                self.revive(self.server)

    def revive(self, server: EmbeddedPostgres) -> None:
        """Start the database again; the next look at it tries once more where that failed."""
        self.say(f"PostgreSQL ended and starts again; its log: {server.log}")
        server.stop(force=True)
        try:
            server.start(die_with_parent=True)
        except PostgresError as error:
            self.say(str(error))
            time.sleep(DATABASE_PAUSE)

    def say(self, line: str) -> None:
        """Tell the person at the terminal, at once even through a pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def _programs(demo: DemoEnvironment) -> list[Program]:
    python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
    variables = demo.variables
    site = urlsplit(variables["PUBLIC_BASE_URL"]).netloc
    web: dict[str, Any] = {"port": demo.web_port, "host": site, "path": "/health/live/"}
    programs = [
        # gunicorn's workers end with their master; a killed master would leave them for a second.
        Program("web", [python, "-m", "gunicorn"], variables, **web, death_signal=signal.SIGTERM),
        Program("worker", [python, manage, "worker"], variables),
    ]
    if client.is_wanted() and embedding.is_installed():
        programs.append(Program("embedder", [python, manage, "embedder"], variables))
    if demo.exchanges_files:
        programs.append(Program("library-files", [python, manage, "library_files"], variables))
    if demo.library_system:
        command = [python, "-m", "demo.library_system"]
        programs.append(Program("library-system", command, variables))
    if demo.simulator:
        command = [python, manage, "myna_simulator"]
        programs.append(Program("simulator", command, variables, demo.simulator_port))
    if demo.mail_sink:
        ports = [f"--smtp-port={demo.smtp_port}", f"--web-port={demo.mail_port}"]
        command = [python, "-m", "demo.mail_sink", *ports]
        programs.append(Program("mail", command, variables, demo.mail_port))
    return programs


def _banner(demo: DemoEnvironment, password: str | None) -> str:
    site = demo.variables["PUBLIC_BASE_URL"].rstrip("/")
    password = password or "the one you chose"
    roles = "  ".join(f"{user} ({role})" for user, (_, role) in sample_data.COLLEAGUES.items())
    told = {"staff": sample_data.STAFF, "password": password, "roles": roles}
    lines = [BANNER.format(site=site, admin=f"/{settings.ADMIN_PATH}", **told).rstrip()]
    if demo.simulator:
        lines.append(f"  Identity    http://127.0.0.1:{demo.simulator_port}/   (simulated)")
    else:
        from myna_auth.keys import published_keys  # with cryptography, for this case alone

        jwks = json.dumps(published_keys(Provider.from_settings()))
        lines.append(REGISTER.format(site=site, jwks=jwks, **demo.variables))
    if demo.mail_sink:
        lines.append(f"  Sent mail   http://127.0.0.1:{demo.mail_port}/")
    lines.append("  Logs        var/log/")
    return "\n".join(lines)


def _stop(number: int, frame: FrameType | None) -> None:
    # A second signal must not interrupt the stopping.
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
