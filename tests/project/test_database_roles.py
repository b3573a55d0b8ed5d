"""The roles of deploy/postgres/roles.sql: the site's can do what the site does, and no more."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import errors, sql

from tests import postgres_tools

SQL = settings.BASE_DIR / "deploy" / "postgres" / "roles.sql"
PASSWORDS = {"DATABASE_OWNER_PASSWORD": "owner-" * 4, "DATABASE_PASSWORD": "site-" * 4}


@dataclass(frozen=True)
class Database:
    """A database of its own with its two roles."""

    name: str
    owner: str
    site: str

    def connect(self) -> psycopg.Connection:
        there = connection.settings_dict
        return psycopg.connect(
            dbname=self.name,
            host=there["HOST"],
            port=there["PORT"],
            user=there["USER"],
            password=there["PASSWORD"] or None,
            autocommit=True,
        )

    def make_roles(self) -> None:
        names = (f"--set=owner={self.owner}", f"--set=site={self.site}")
        postgres_tools.run("psql", "--no-psqlrc", *names, f"--file={SQL}", database=self.name)

    def run_as(self, role: str, *command: str) -> None:
        """Run a program whose connections to the database all have the role."""
        with self.connect() as there:
            for statement in ("ALTER DATABASE {} RESET role", "ALTER DATABASE {} SET role = {}"):
                there.execute(
                    sql.SQL(statement).format(sql.Identifier(self.name), sql.Identifier(role))
                )
        given = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.notices.worker_settings",
                "WORKER_DATABASE": json.dumps({"NAME": self.name} | given),
                "DEPLOYMENT": "demo",
                "EMAIL_URL": "memorymail://",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def database(db, monkeypatch):
    name = f"{connection.settings_dict['NAME']}_roles"
    made = Database(name, f"{name}_owner", f"{name}_site")
    for variable, value in PASSWORDS.items():
        monkeypatch.setenv(variable, value)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield made
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        cursor.execute(f'DROP ROLE IF EXISTS "{made.owner}", "{made.site}"')


def test_the_site_works_with_rows_alone(database):
    database.make_roles()
    database.make_roles()
    database.run_as(database.owner, "manage.py", "migrate", "--verbosity=0")
    database.run_as(database.site, "-m", "tests.project.site_role_walk")

    with database.connect() as there:
        there.execute(sql.SQL("RESET ROLE; SET ROLE {}").format(sql.Identifier(database.site)))
        for statement in (
            "CREATE TABLE public.mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE ROLE mine",
            "TRUNCATE audit_record",
            "TRUNCATE patrons_patron CASCADE",
            "DROP TABLE patrons_patron",
            "ALTER TABLE audit_record DISABLE TRIGGER ALL",
            "ALTER SEQUENCE patrons_patron_number_seq RESTART",
            "SELECT setval('patrons_patron_number_seq', 800001)",
            "COPY audit_record TO PROGRAM 'cat'",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                there.execute(statement)
        assert there.execute("SELECT count(*) FROM audit_record").fetchone()[0] > 0
        for statement in ("UPDATE audit_record SET reason = ''", "DELETE FROM audit_record"):
            with pytest.raises(errors.RestrictViolation):
                there.execute(statement)
        roles = there.execute(
            "SELECT DISTINCT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication"
            " OR rolbypassrls FROM pg_roles WHERE rolname IN (%s, %s)",
            [database.owner, database.site],
        ).fetchall()
        assert roles == [(False,)]


@pytest.mark.parametrize("password", ["", "short", PASSWORDS["DATABASE_OWNER_PASSWORD"]])
def test_a_missing_or_weak_password_makes_no_role(database, monkeypatch, password):
    monkeypatch.setenv("DATABASE_PASSWORD", password)
    with pytest.raises(AssertionError, match="must be two passwords"):
        database.make_roles()
    with database.connect() as there:
        found = there.execute("SELECT FROM pg_roles WHERE rolname = %s", [database.site])
        assert found.fetchone() is None
