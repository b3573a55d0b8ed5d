"""The record: what a row says, that nothing personal gets in, that nothing goes too early."""

import contextvars
import logging
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.test import RequestFactory

from audit.enums import Event
from audit.models import Record
from audit.services import MALFORMED, answering, delete_old, network_code, record, run_as_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return get_user_model().objects.create(username="librarian", is_staff=True)


def request_of(user, address="198.51.100.7"):
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    request.user = user
    return request


def refused(statement, *values):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


def old(days):
    record(Event.LOGIN)
    fresh = Record.objects.latest("pk")
    values = {field.name: getattr(fresh, field.name) for field in Record._meta.fields}
    return Record.objects.create(
        **values | {"id": None, "at": Now() - timedelta(days=days, minutes=1)}
    )


def test_a_row_says_who_what_to_whom_and_from_where(staff):
    with answering(request_of(staff)):
        record(
            Event.STAFF_CHANGED,
            patron_id=7,
            object_type="patrons.patron",
            object_id=7,
            fields={"phone", "email"},
            reason="corrected",
            count=1,
        )
    row = Record.objects.values().get()
    assert {**row, "id": 0, "at": 0} == {
        "id": 0, "at": 0, "event": "staff_changed", "actor_kind": "staff", "actor_id": staff.pk,
        "patron_id": 7, "object_type": "patrons.patron", "object_id": "7",
        "fields": ["email", "phone"], "reason": "corrected", "count": 1,
        "network": network_code("198.51.100.200"),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - at FROM audit_record")
        assert cursor.fetchone()[0] < timedelta(minutes=1)


def test_it_is_one_statement(staff, django_assert_num_queries):
    with answering(request_of(staff)), django_assert_num_queries(1):
        record(Event.STAFF_OPENED, patron_id=1)


def test_who_did_it_without_a_login_in_a_command_and_in_the_worker(staff):
    with answering(request_of(AnonymousUser())):
        record(Event.LOGIN_FAILED)
        record(Event.STAFF_LOGIN, actor=staff)
    record(Event.IMPORTED)

    def work():
        run_as_worker()
        record(Event.EXPORTED)

    contextvars.copy_context().run(work)
    rows = Record.objects.order_by("pk").values_list("actor_kind", "actor_id")
    assert list(rows) == [
        ("nobody", None),
        ("staff", staff.pk),
        ("command", None),
        ("worker", None),
    ]
    assert set(
        Record.objects.filter(actor_kind__in=["command", "worker"]).values_list("network")
    ) == {("",)}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.250", True),
        ("198.51.100.7", "198.51.101.7", False),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
    ],
)
def test_a_network_has_one_code_and_the_code_tells_it_to_nobody(one, other, same, settings):
    assert (network_code(one) == network_code(other)) is same
    assert one not in network_code(one)
    before = network_code(one)
    settings.SECRET_KEY = "another-key-" * 6
    assert network_code(one) != before


@pytest.mark.parametrize("address", ["", "unix:", "198.51.100.7, 192.0.2.1", "\0"])
def test_what_is_no_address_is_no_network(address):
    assert network_code(address) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "大分 太郎",
        "oita@oita.co.jp",
        "a\0b",
        "x" * 61,
        "\ud800",
        "2013-07-20",
        " ",
        "オオイタ",
        "Taro",
    ],
)
def test_what_is_no_code_is_not_stored_and_stops_nothing(typed):
    record(Event.LOGIN, reason=typed, object_type=typed, object_id=typed, fields=[typed])
    row = Record.objects.get()
    assert (row.reason, row.object_type, row.object_id) == (MALFORMED,) * 3
    assert row.fields == [MALFORMED]


def test_a_thousand_fields_are_cut():
    record(Event.STAFF_LISTED, fields=[f"f{n}" for n in range(1000)])
    assert len(Record.objects.get().fields) == 100


def test_a_rolled_back_change_leaves_no_record_and_no_line(
    caplog, django_capture_on_commit_callbacks
):
    caplog.set_level(logging.INFO, logger="audit")
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            record(Event.PASSWORD_CHANGED, patron_id=1)
            transaction.set_rollback(True)
        record(Event.LOGOUT, patron_id=1, fields=("b", "a"))
    assert list(Record.objects.values_list("event", flat=True)) == ["logout"]
    (line,) = [entry for entry in caplog.records if entry.name == "audit"]
    assert (line.event, line.patron_id, line.fields, line.actor_kind) == (
        "logout",
        1,
        "a,b",
        "command",
    )


def test_nobody_changes_a_record_or_deletes_a_fresh_one():
    record(Event.LOGIN)
    old(400)
    refused("UPDATE audit_record SET reason = 'other'")
    refused("UPDATE audit_record SET at = now() - interval '2 years'")
    refused("DELETE FROM audit_record")
    refused("DELETE FROM audit_record WHERE at < now() - interval '399 days'")
    refused(
        "INSERT INTO audit_record SELECT * FROM audit_record"
        " ON CONFLICT (id) DO UPDATE SET reason = ''"
    )
    assert Record.objects.count() == 3


@pytest.mark.parametrize("days", ["0", "1", "29", "-400", "x", "365 days", ""])
def test_whoever_names_fewer_days_or_none_deletes_nothing(days):
    old(29)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.keep_days', %s, true)", [days])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("DELETE FROM audit_record")


def test_nobody_empties_the_table():
    with transaction.atomic(), connection.cursor() as cursor:
        # The tests' own flush needs it switched off (tests/conftest.py).
        cursor.execute("ALTER TABLE audit_record ENABLE TRIGGER audit_keep_all")
        refused("TRUNCATE audit_record")
        refused("TRUNCATE audit_record, accounts_session CASCADE")
        transaction.set_rollback(True)


def test_the_sites_own_role_may_neither_and_cannot_switch_it_off():
    record(Event.LOGIN)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_record ENABLE TRIGGER audit_keep_all")
        cursor.execute("CREATE ROLE audit_site NOLOGIN")
        cursor.execute("GRANT ALL ON audit_record TO audit_site")
        cursor.execute("SET LOCAL ROLE audit_site")
        refused("UPDATE audit_record SET reason = 'other'")
        refused("DELETE FROM audit_record")
        refused("TRUNCATE audit_record")
        for statement in (
            "ALTER TABLE audit_record DISABLE TRIGGER ALL",
            "SET LOCAL session_replication_role = replica",
            "DROP FUNCTION audit_keep() CASCADE",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)
        transaction.set_rollback(True)


@pytest.mark.parametrize("days", [30, 365])
def test_what_is_past_its_time_goes_and_nothing_else(days):
    inside, outside = old(days - 1), old(days)
    assert delete_old(days=days) == 1
    assert Record.objects.filter(pk=inside.pk).exists()
    assert not Record.objects.filter(pk=outside.pk).exists()
    assert delete_old(days=days) == 0
    refused("DELETE FROM audit_record")  # what the retention may holds for its transaction alone


def test_more_than_one_batch_goes(monkeypatch):
    monkeypatch.setattr("audit.services.ROWS_AT_ONCE", 2)
    for _ in range(5):
        old(400)
    assert delete_old(days=365) == 5


def test_throttled_tries_of_one_network_and_limit_leave_one_row_a_minute(staff):
    for address in ("198.51.100.7", "198.51.100.8", "203.0.113.1"):
        with answering(request_of(AnonymousUser(), address)):
            for _ in range(5):
                record(Event.THROTTLED, reason="login")
    assert Record.objects.count() in (2, 3, 4)  # a minute may end meanwhile
    with answering(request_of(AnonymousUser())):
        record(Event.THROTTLED, reason="reset")
        record(Event.LOGIN_FAILED, reason="login")
        record(Event.LOGIN_FAILED, reason="login")
    assert Record.objects.exclude(event="throttled").count() == 2
    assert Record.objects.filter(reason="reset").count() == 1
