"""A backup that is restored: the numbers given since are not given again, nothing spent is new."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from audit.enums import Event
from mylibrary.mynumber.models import LinkOffer
from mylibrary.reset.models import ResetRequest
from mylibrary.retention import forget_steps
from myna_auth.models import AuthRequest
from myna_auth.services import begin_request
from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send
from patrons.numbers import (
    NumberDrawn,
    NumbersExhausted,
    advance_by,
    draw_number,
    format_number,
    steps_past,
)
from patrons.services import register_patron
from tests import postgres_tools
from tests.patrons.people import residency, stranger

OPERATIONS = Path(settings.BASE_DIR) / "docs" / "operations.md"


def register(number: int):
    return register_patron(applicant=stranger(number), residency=residency())


@dataclass(frozen=True)
class Restored:
    """A database made from a dump."""

    name: str

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

    def value(self, query: str):
        with self.connect() as restored:
            return restored.execute(query).fetchone()[0]

    def run(self, *statements: str) -> None:
        with self.connect() as restored:
            for statement in statements:
                restored.execute(statement)

    def count(self, model) -> int:
        return self.value(f"SELECT count(*) FROM {model._meta.db_table}")

    def next_number(self) -> str:
        """The number the next patron would get, which is not drawn by asking."""
        return format_number(
            self.value("SELECT last_value + is_called::int FROM patrons_patron_number_seq")
        )

    def after_restore(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        there = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
        return subprocess.run(
            [sys.executable, "manage.py", "after_restore", *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.notices.worker_settings",
                "WORKER_DATABASE": json.dumps({"NAME": self.name} | there),
                "DEPLOYMENT": "demo",
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def backup(transactional_db, tmp_path):
    """Return a function that dumps the database as docs/operations.md says."""
    path = tmp_path / "library.dump"

    def dump() -> None:
        name = connection.settings_dict["NAME"]
        postgres_tools.run("pg_dump", "--format=custom", f"--file={path}", database=name)

    dump.path = path
    return dump


@pytest.fixture
def restore(backup):
    """Return a function that restores the dump, beside the database it was made from."""
    name = f"{connection.settings_dict['NAME']}_restored"

    def run() -> Restored:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        postgres_tools.run(
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            f"--dbname={name}",
            str(backup.path),
            database=name,
        )
        return Restored(name)

    yield run
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_a_number_given_after_the_backup_is_not_given_again(backup, restore):
    first = register(1)
    send(
        patron=first,
        kind=NoticeKind.REGISTRATION_RECEIVED,
        subject="s",
        body="b",
        recipient="oita@oita.co.jp",
    )
    begin_request(purpose="login", browser_secret="x", user=None)
    assert Client().session.session_key
    ResetRequest.objects.create(expires_at=timezone.now())
    backup()
    since = [register(number).number for number in (2, 3)]
    on_paper = since[-1]

    restored = restore()
    assert restored.next_number() == since[0]
    spent = (Session, AuthRequest, ResetRequest)
    assert [restored.count(model) for model in spent] == [1, 1, 1]

    done = restored.after_restore("--past", on_paper)
    assert done.returncode == 0, done.stderr
    assert f"Numbers go on past {on_paper}." in done.stdout
    assert restored.next_number() == draw_number()
    assert [restored.count(model) for model in spent] == [0, 0, 0]
    assert restored.value("SELECT count(*) FROM procrastinate_jobs") == 0
    mail = f"SELECT last_error_code FROM {Notice._meta.db_table} WHERE failed_at IS NOT NULL"
    assert restored.value(mail) == "restored"

    told = "SELECT concat_ws(' ', actor_kind, reason, count) FROM audit_record WHERE event = '{}'"
    assert restored.value(told.format(Event.RESTORED)) == "command past 2"

    again = restored.after_restore("--past", on_paper)
    assert again.returncode == 1
    assert "numbers never go back" in again.stderr


def test_what_was_interrupted_can_be_done_again(backup, restore):
    """Numbers do not come back with a rollback: drawn first, they would refuse the second run."""
    register(1)
    begin_request(purpose="login", browser_secret="x", user=None)
    backup()
    on_paper = register(2).number
    restored = restore()
    restored.run(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'cut'; END $$",
        "CREATE CONSTRAINT TRIGGER cut AFTER DELETE ON myna_auth_authrequest"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()",
    )
    assert restored.after_restore("--past", on_paper).returncode == 1
    assert restored.count(AuthRequest) == 1
    restored.run("DROP FUNCTION fail CASCADE")
    assert restored.after_restore("--past", on_paper).returncode == 0
    assert restored.count(AuthRequest) == 0
    assert restored.next_number() == draw_number()


def test_the_steps_of_the_document_are_those_that_are_drilled():
    text = OPERATIONS.read_text()
    for step in ("pg_dump --format=custom", "pg_restore --no-owner --exit-on-error"):
        assert step in text
    assert re.search(r"manage\.py after_restore --past \S+", text)


@pytest.mark.django_db
def test_of_every_step_that_has_an_end_nothing_is_left():
    ResetRequest.objects.create()
    LinkOffer.objects.create(
        purpose="login", issuer="i", subject="s", patron=register(1), phone_needed=False
    )
    assert forget_steps() == 2
    assert not ResetRequest.objects.exists()
    assert not LinkOffer.objects.exists()


@pytest.mark.django_db
def test_numbers_go_on_behind_one_that_was_seen_elsewhere():
    drawn = draw_number()
    seen = format_number(int(drawn[:-1]) + 41)
    advance_by(steps_past(seen))
    assert draw_number() == format_number(int(seen[:-1]) + 1)
    for behind in (drawn, seen):
        with pytest.raises(NumberDrawn):
            steps_past(behind)


@pytest.mark.django_db
def test_numbers_go_on_by_as_many_as_may_have_been_given():
    drawn = int(draw_number()[:-1])
    advance_by(1000)
    assert int(draw_number()[:-1]) == drawn + 1001


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["8000029", "800002", "80000028", "X000028", "", "８０００028"])
def test_what_is_no_number_moves_nothing(number):
    with pytest.raises(ValueError, match=r".*"):
        steps_past(number)


@pytest.mark.django_db
@pytest.mark.parametrize("advance", [lambda: advance_by(100_001), lambda: steps_past("9000001")])
def test_numbers_do_not_go_on_past_their_end(advance):
    with pytest.raises(NumbersExhausted):
        advance()
