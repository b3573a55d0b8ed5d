"""Log lines are JSON and never carry what a database error says about a person."""

import json
import logging
import re
import runpy
import sys

import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from oita_library.logs import JsonFormatter


def line(**fields: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "test", "msg": "something", **fields})
    return json.loads(JsonFormatter().format(record))


@pytest.mark.django_db
def test_a_unique_violation_is_logged_without_its_values():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE person (name text UNIQUE)")
        cursor.execute("INSERT INTO person VALUES ('大分 太郎')")
        try:
            with connection.cursor() as again:
                again.execute("INSERT INTO person VALUES ('大分 太郎')")
        except DatabaseError:
            entry = line(exc_info=sys.exc_info())
        cursor.connection.rollback()
    assert "大分 太郎" not in json.dumps(entry, ensure_ascii=False)
    assert entry["error"][0]["class"] == "django.db.utils.IntegrityError"
    assert entry["error"][1]["sqlstate"] == "23505"


def test_extra_fields_are_kept_and_the_request_is_not():
    entry = line(reason="state_unknown", request=object(), waited=1.5)
    assert entry["reason"] == "state_unknown"
    assert entry["waited"] == 1.5
    assert "request" not in entry


def test_the_access_log_has_no_query_referrer_or_request_line():
    log_format = runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["access_log_format"]
    assert "%(U)s" in log_format
    assert not re.findall(r"%\((?:q|r|f|a|h|\{)", log_format)


def test_a_circular_chain_of_causes_ends():
    first, second = ValueError("secret"), TypeError("secret")
    first.__cause__, second.__cause__ = second, first
    entry = line(exc_info=(ValueError, first, None))
    assert [part["class"] for part in entry["error"]] == [
        "builtins.ValueError",
        "builtins.TypeError",
    ]
