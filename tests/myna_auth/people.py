"""One person whose every word can be looked for, and where nothing of them may be found."""

import logging

from django.db import connection
from django.test import Client

from myna_auth.models import AuthRequest
from oita_library.logs import JsonFormatter
from registration.application.models import IDENTITY_COLUMNS, Application

PERSON = {
    "name": "試験\u3000満寿代",
    "birthdate": "19371103",
    "address": "大分県大分市大字鴛野９８７６番地の５",
    "subject": "subject-of-the-one-who-is-looked-for",
}
TYPED = {
    "last_name_kana": "シケン",
    "first_name_kana": "マスヨ",
    "postal_code": "8701176",
    "phone": "0975319876",
    "email": "masuyo@mail.example",
    "contact_method": "phone",
}
# A token starts like this: {"a in base64.
SECRETS = ("eyJh", "code=", "client_assertion=")


def assert_database_knows_nobody() -> None:
    """Look through every row of every table, the drafts' identity columns among them."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows = " ".join(row for (row,) in cursor.fetchall())
            found += [(table, value) for value in PERSON.values() if value in rows]
    assert found == []
    for draft in Application.objects.all():
        assert {getattr(draft, column) for column in IDENTITY_COLUMNS} == {""}
        assert draft.state == "started"


def assert_session_knows_nobody(client: Client) -> None:
    """The session holds the browser's secret, the draft's identifier and where answers led."""
    known = {"myna_browser_secret", "registration_draft", "myna_led_to"}
    assert set(client.session.keys()) <= known
    stored = str(dict(client.session))
    assert [v for v in (*PERSON.values(), *TYPED.values()) if len(v) > 6 and v in stored] == []


def assert_first_request_is_spent() -> None:
    """The request to the service is consumed, its nonce and verifier emptied."""
    request = AuthRequest.objects.earliest("pk")
    assert request.consumed_at is not None
    assert (request.nonce, request.code_verifier) == ("", "")


def assert_log_knows_nobody(records: list[logging.LogRecord]) -> None:
    """No line of any logger holds a claim, what was typed, a code or a token."""
    formatter = JsonFormatter()
    log = "\n".join(
        f"{formatter.format(record)} {record.getMessage()} {record.args}"
        for record in records
        # The walk through the service's pages is the test's own browser, not our service.
        if "/openid-connect/auth?" not in record.getMessage()
    )
    assert log
    personal = [value for value in (*PERSON.values(), *TYPED.values()) if value != "phone"]
    assert [value for value in (*personal, *SECRETS) if value in log] == []
