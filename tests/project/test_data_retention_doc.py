"""`docs/data-retention.md` speaks of every table and every setting there is, and of no other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from patrons.models import EMPTIED_BY_ERASURE
from registration.application.models import PERSONAL_COLUMNS
from tests.project.test_retention import KINDS, NEVER_FOR_EVER

PAGE = (Path(settings.BASE_DIR) / "docs" / "data-retention.md").read_text()
OF_TABLE = {"what": 0, "where": 1, "how long": 3, "setting": 4, "by": 5}
SETTING = re.compile(r"`([A-Z_]+)`=(\d+)")
# Settings that say how long something is kept, but not in days from its end.
OTHERS = {
    "REGISTRATION_DRAFT_MINUTES",
    "REVIEW_RETENTION_DAYS",
    "REVIEW_WARNING_DAYS",
    "REVIEW_LINK_DAYS",
    "SESSION_IDLE_MINUTES",
    "SESSION_ABSOLUTE_HOURS",
    "STAFF_SESSION_IDLE_MINUTES",
    "STAFF_SESSION_ABSOLUTE_HOURS",
}


def column(name: str) -> list[str]:
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {6}
    return [row[OF_TABLE[name]].strip() for row in rows[2:]]


def quoted(text: str) -> Iterator[str]:
    yield from re.findall(r"`([a-z_]+)`", text)


def tables() -> dict[str, set[str]]:
    """Return every table of the database with its columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        )
        found: dict[str, set[str]] = {}
        for table, name in cursor.fetchall():
            found.setdefault(table, set()).add(name)
    return found


def documented() -> Iterator[tuple[str, str]]:
    """Yield each table the page names with each column it names of it, "" for the table itself."""
    known = tables()
    for where in column("where"):
        table = ""
        for word in quoted(where):
            if word in known:
                table = word
                yield table, ""
            else:
                yield table, word


def test_every_setting_is_there_with_its_default():
    named = {
        name: int(value) for text in column("setting") for name, value in SETTING.findall(text)
    }
    expected = {name for name in dir(settings) if name.startswith("RETENTION_")} | OTHERS
    assert named == {name: getattr(settings, name) for name in expected}


def test_nothing_else_is_named_in_the_settings_column():
    assert [SETTING.sub("", text).strip() for text in column("setting")] == [""] * len(
        column("setting")
    )


@pytest.mark.django_db
def test_every_table_is_there_and_no_other():
    nothing_personal = PAGE[PAGE.index("Nothing about people is in") :].split("\n\n")[0]
    named = {table for table, _ in documented()} | set(quoted(nothing_personal))
    assert named == tables().keys()


@pytest.mark.django_db
def test_every_column_it_names_exists():
    known = tables()
    columns = [(table, name) for table, name in documented() if name]
    assert len(columns) > 50
    assert [(table, name) for table, name in columns if name not in known[table]] == []


@pytest.mark.django_db
def test_what_is_erased_of_a_patron_and_an_application_is_listed_column_by_column():
    columns = set(documented())
    assert {("patrons_patron", name) for name in EMPTIED_BY_ERASURE} <= columns
    assert {("registration_application", name) for name in PERSONAL_COLUMNS} <= columns


def test_every_kind_that_purge_expired_prints_is_named():
    assert {word for text in column("by") for word in quoted(text)} == set(KINDS)


def test_it_says_what_may_not_be_kept_for_ever():
    introduction = PAGE[: PAGE.index("| what")]
    assert set(re.findall("`(RETENTION_[A-Z_]+)`", introduction)) == set(NEVER_FOR_EVER)
