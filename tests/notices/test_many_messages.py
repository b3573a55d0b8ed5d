"""The admin's list of messages when there are very many: none of its pages reads them all."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Notice

LIST = "/admin/notices/notice/"
FILL = """
INSERT INTO notices_notice (patron_id, kind, subject, body, recipient, message_id, created_at,
    attempts, last_error_code, sent_at)
SELECT NULL, 'registration_received', 's', '', 'a@example.jp', n::text, now() - n * interval '1 s',
    1, '', now()
FROM generate_series(1, 20000) AS n
"""


@pytest.fixture
def very_many(fresh_indexes, make_notice):
    """Twenty thousand mails to nobody, and the messages of one patron."""
    with connection.cursor() as cursor:
        cursor.execute(FILL)
        own = make_notice(subject="SEEN-1")
        mail = make_notice(subject="SEEN-2", patron=None, addressee=own.patron)
        cursor.execute("ANALYZE notices_notice")
    return own, mail


@pytest.mark.parametrize("search", ["", "?q=8000028", "?q=oita@", "?mail=waiting", "?mail=failed"])
def test_no_list_reads_all_messages(very_many, admin_client, search):
    with CaptureQueriesContext(connection) as asked:
        assert admin_client.get(f"{LIST}{search}").status_code == 200
    costs = [cost(query["sql"]) for query in asked if 'FROM "notices_notice"' in query["sql"]]
    assert costs
    assert max(costs) < cost("SELECT * FROM notices_notice") / 2


def cost(query: str) -> float:
    """Return what PostgreSQL expects a query to cost."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
        return cursor.fetchone()[0][0]["Plan"]["Total Cost"]


def test_a_number_finds_what_was_written_to_its_patron(very_many, admin_client):
    for typed in ("8000028", " ８０００02８ ", "A8000028A", "\u200b8000028"):
        found = admin_client.get(LIST, {"q": typed}).context["cl"].queryset
        assert set(found) == set(very_many)
    assert Notice.objects.count() == 20_002


def test_anything_else_is_the_beginning_of_the_recipient(very_many, admin_client):
    for typed in ("oita@oita.co", "\u200boita@"):
        found = admin_client.get(LIST, {"q": typed}).context["cl"].queryset
        assert set(found) == set(very_many)
