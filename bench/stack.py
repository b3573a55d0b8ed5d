"""The whole service for a benchmark: its own database, its own ports, nothing left behind."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from demo.embedded_postgres import EmbeddedPostgres
from demo.environment import DemoEnvironment, demo_environment
from demo.supervisor import Program, Supervisor

BASE_DIR = Path(__file__).resolve().parent.parent
WORKERS = 2


@dataclass(frozen=True)
class Stack:
    """What runs: addresses, and process ids by program (web, worker, simulator, mail, hello)."""

    site: str
    web_port: int
    hello_port: int
    pids: dict[str, int]
    postgres: str


@contextmanager
def running() -> Iterator[Stack]:
    """Start database, web, worker, simulator, mail sink and yardstick; stop and drop them."""
    with ExitStack() as exits:
        url = exits.enter_context(database())
        ports = iter(free_ports(5))
        given = {name: value for name, value in os.environ.items() if name != "GUNICORN_BIND"}
        given |= {
            "DATABASE_URL": url,
            "DEBUG": "false",
            "PORT": str(next(ports)),
            "MYNA_SIMULATOR_PORT": str(next(ports)),
            "MAIL_SMTP_PORT": str(next(ports)),
            "MAIL_WEB_PORT": str(next(ports)),
            "GUNICORN_WORKERS": str(WORKERS),
            # The residents' browsers name their own addresses, as a proxy would.
            "TRUSTED_PROXY_CIDRS": "127.0.0.1/32",
        }
        for name in ("MYNA_ISSUER", "EMAIL_URL", "PUBLIC_BASE_URL"):
            given.pop(name, None)
        demo = demo_environment(given, BASE_DIR)
        hello_port = next(ports)
        os.environ.update(demo.variables)
        version = _prepare()
        supervisor = Supervisor(BASE_DIR, BASE_DIR / "var" / "log" / "bench", print)
        exits.callback(supervisor.stop)
        supervisor.start(list(_programs(demo, hello_port)))
        yield Stack(
            site=demo.variables["PUBLIC_BASE_URL"],
            web_port=demo.web_port,
            hello_port=hello_port,
            pids={child.program.name: child.process.pid for child in supervisor.children},
            postgres=version,
        )


def _programs(demo: DemoEnvironment, hello_port: int) -> Iterator[Program]:
    python, manage = sys.executable, str(BASE_DIR / "manage.py")
    site = {"host": "localhost", "path": "/health/live/"}
    yield Program("web", [python, "-m", "gunicorn"], port=demo.web_port, **site)
    yield Program("worker", [python, manage, "worker"])
    yield Program("simulator", [python, manage, "myna_simulator"], port=demo.simulator_port)
    mail = [python, "-m", "demo.mail_sink"]
    mail += ["--smtp-port", str(demo.smtp_port), "--web-port", str(demo.mail_port)]
    yield Program("mail", mail, port=demo.mail_port)
    hello = [python, "-m", "gunicorn", "--config", "python:bench.hello"]
    yield Program("hello", hello, {"HELLO_PORT": str(hello_port)}, port=hello_port)


def _prepare() -> str:
    """Migrate, collect static files, make the demo's client key; return PostgreSQL's version."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oita_library.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from branches.services import create_first_branches
    from demo import sample_catalog, static_collection

    call_command("migrate", verbosity=0, interactive=False)
    create_first_branches()
    sample_catalog.load()
    static_collection.collect()
    key = Path(os.environ["MYNA_CLIENT_PRIVATE_KEY_FILE"])
    if not key.exists():
        jwks = key.with_suffix(".jwks.json")
        call_command("myna_keygen", key, jwks=jwks, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    connection.close()
    connection.close_pool()
    return version.split()[0]


@contextmanager
def in_this_process() -> Iterator[None]:
    """Let this process and its children have the demo's settings, on a database of their own."""
    with database() as url:
        given = {name: value for name, value in os.environ.items() if name != "EMAIL_URL"}
        given |= {"DATABASE_URL": url, "DEBUG": "false"}
        os.environ.update(demo_environment(given, BASE_DIR).variables)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oita_library.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from demo.static_collection import collect

        call_command("migrate", verbosity=0, interactive=False)
        collect()
        try:
            yield
        finally:
            connection.close()
            connection.close_pool()


@contextmanager
def database() -> Iterator[str]:
    """Make a database for this run, on DATABASE_URL's server or the embedded one; yield its URL."""
    name = f"bench_{os.getpid()}"
    with ExitStack() as exits:
        if given := os.environ.get("DATABASE_URL"):
            server, url = given, urlsplit(given)._replace(path=f"/{name}").geturl()
        else:
            embedded = EmbeddedPostgres(BASE_DIR)
            embedded.start()
            exits.callback(embedded.stop)
            there = embedded.settings
            query = f"host={quote(there['HOST'], safe='')}&port={there['PORT']}"
            server, url = (
                f"postgres://{there['USER']}@/{database}?{query}"
                for database in (there["NAME"], name)
            )
        database = sql.Identifier(name)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        try:
            yield url
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nothing listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
