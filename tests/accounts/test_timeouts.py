"""A login ends when it is not used, and after a day's work whatever is done."""

from datetime import timedelta
from math import ceil

import pytest
from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import end_all_logins
from accounts.sessions import LoginEnd, SessionStore
from accounts.tasks import delete_ended_logins
from accounts.timeouts import TimeLeft, is_over, time_left
from mylibrary import session as mylibrary
from myna_auth.session import BROWSER_SECRET
from registration.session import DRAFT, OUTCOME
from tests.accounts.conftest import PASSWORD

NOW = timezone.now()
SECOND = timedelta(seconds=1)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


@pytest.mark.parametrize(
    ("logged_in", "seen", "over"),
    [
        (ABSOLUTE - SECOND, IDLE - SECOND, False),
        (IDLE, IDLE, True),
        (ABSOLUTE, timedelta(0), True),
        (timedelta(0), timedelta(0), False),
    ],
)
def test_a_login_is_over_at_the_earlier_of_its_two_ends(logged_in, seen, over):
    assert is_over(logged_in_at=NOW - logged_in, last_seen_at=NOW - seen, now=NOW) is over


def test_the_limits_are_settings(settings):
    settings.SESSION_IDLE_MINUTES = 10
    settings.SESSION_ABSOLUTE_HOURS = 1
    times = {"logged_in_at": NOW - timedelta(minutes=5), "last_seen_at": NOW - timedelta(minutes=4)}
    assert time_left(now=NOW, **times) == TimeLeft(idle=6 * 60, absolute=55 * 60)
    assert not is_over(now=NOW, **times)
    assert is_over(now=NOW + timedelta(minutes=6), **times)


@pytest.fixture
def key(db, client) -> str:
    """The key of a session in which somebody is logged in who is no staff."""
    client.force_login(User.objects.create(username="patron:1"))
    return client.session.session_key


@pytest.mark.parametrize(
    ("seen", "logged_in"), [(timedelta(minutes=15), None), (timedelta(0), timedelta(hours=9))]
)
def test_a_login_of_staff_is_shorter(staff, client, seen, logged_in):
    client.force_login(staff)
    left = client.session.time_left
    assert (ceil(left.idle / 60), ceil(left.absolute / 3600)) == (15, 9)
    age(seen=max(seen - SECOND, timedelta(0)), logged_in=logged_in and logged_in - SECOND)
    assert SessionStore(client.session.session_key).load()
    assert not Session.objects.timed_out(timezone.now()).exists()
    assert Session.objects.active(timezone.now()).exists()
    age(seen=seen, logged_in=logged_in)
    assert Session.objects.timed_out(timezone.now()).exists()
    assert not Session.objects.active(timezone.now()).exists()
    assert SessionStore(client.session.session_key).load() == {}


def age(*, seen: timedelta, logged_in: timedelta | None = None) -> None:
    now = timezone.now()
    changes = {"last_seen_at": now - seen}
    if logged_in is not None:
        changes["logged_in_at"] = now - logged_in
    Session.objects.update(**changes)


def test_an_idle_login_is_no_session_any_more(key):
    age(seen=IDLE - SECOND)
    assert SessionStore(key).load()
    age(seen=IDLE)
    store = SessionStore(key)
    assert store.load() == {}
    assert (store.session_key, store.login_id, store.time_left) == (None, None, None)
    assert store.ended == LoginEnd.TIMED_OUT
    assert not Session.objects.exists()


def test_use_keeps_a_login_but_never_beyond_its_absolute_end(key):
    age(seen=timedelta(minutes=20), logged_in=ABSOLUTE - SECOND)
    assert SessionStore(key).load()
    assert timezone.now() - Session.objects.get().last_seen_at < timedelta(minutes=1)
    age(seen=timedelta(0), logged_in=ABSOLUTE)
    assert SessionStore(key).load() == {}


def test_neither_saving_nor_another_key_begins_the_absolute_time_anew(key):
    age(seen=timedelta(0), logged_in=timedelta(hours=5))
    before = Session.objects.values("logged_in_at", "login_id", "browser").get()
    store = SessionStore(key)
    store["thing"] = 1
    store.cycle_key()
    store.save()
    assert store.session_key != key
    assert Session.objects.values("logged_in_at", "login_id", "browser").get() == before


def test_the_time_left_counts_from_the_last_use_that_was_written(key):
    age(seen=timedelta(seconds=50), logged_in=timedelta(hours=11))
    left = SessionStore(key).time_left
    assert 29 * 60 < left.idle <= 29 * 60 + 10
    assert 59 * 60 < left.absolute <= 60 * 60


def test_extending_writes_at_once_and_is_one_statement(key, django_assert_num_queries):
    age(seen=timedelta(seconds=50))
    store = SessionStore(key)
    assert store.login_id
    with django_assert_num_queries(1):
        store.extend()
    assert store.time_left.idle == 30 * 60
    assert timezone.now() - Session.objects.get().last_seen_at < timedelta(seconds=10)


def test_a_login_that_was_ended_meanwhile_cannot_be_extended(key):
    store = SessionStore(key)
    assert store.login_id
    Session.objects.all().delete()
    store.extend()
    assert store.login_id is None
    assert not Session.objects.exists()


def test_logging_in_needs_no_further_statement(staff, client, django_assert_num_queries):
    request = HttpRequest()
    request.session = SessionStore()
    with django_assert_num_queries(4):  # last_login, the second factor (two), the record
        login(request, staff, backend="django.contrib.auth.backends.ModelBackend")
    with django_assert_num_queries(3):  # the row, between the savepoint's two
        request.session.save()


def test_another_login_in_the_same_session_is_a_new_one_under_a_new_key(client, staff):
    client.post("/admin/login/", {"username": "librarian", "password": PASSWORD})
    before = Session.objects.get()
    age(seen=timedelta(minutes=9), logged_in=timedelta(hours=9))
    client.post("/admin/login/", {"username": "librarian", "password": PASSWORD})
    after = Session.objects.get()
    assert after.login_id != before.login_id
    assert after.pk != before.pk
    assert timezone.now() - after.logged_in_at < timedelta(minutes=1)
    assert timezone.now() - after.last_seen_at < timedelta(minutes=1)


def anonymous(**data: str) -> SessionStore:
    store = SessionStore()
    store.update(data)
    store.save()
    return store


def test_a_session_without_a_login_knows_no_time_out(db):
    store = anonymous(thing="1")
    long = timezone.now() - timedelta(hours=11)
    Session.objects.update(last_seen_at=long, created_at=long)
    store = SessionStore(store.session_key)
    assert store["thing"] == "1"
    assert store.time_left is None
    assert store.ended is None


@pytest.mark.parametrize("by_the_worker", [True, False])
def test_what_is_the_browsers_outlives_the_login(key, by_the_worker):
    store = SessionStore(key)
    own = {DRAFT: "draft", OUTCOME: "outcome", BROWSER_SECRET: "secret"}
    store.update(own | dict.fromkeys(mylibrary.KEYS, "personal") | {"_messages": "personal"})
    store.save()
    age(seen=IDLE)
    if by_the_worker:
        delete_ended_logins(timestamp=0)
    store = SessionStore(key)
    assert store.load() == own
    assert store.ended == (None if by_the_worker else LoginEnd.TIMED_OUT)
    row = Session.objects.get()
    assert (row.user, row.login_id, row.logged_in_at, row.browser) == (None, None, None, "")
    assert SessionStore(key).load() == own


def test_the_worker_deletes_logins_past_their_time_and_no_others(key):
    waiting = anonymous(thing="1")
    age(seen=IDLE - timedelta(minutes=1))
    delete_ended_logins(timestamp=0)
    assert Session.objects.count() == 2
    Session.objects.filter(pk=key).update(logged_in_at=timezone.now() - ABSOLUTE)
    delete_ended_logins(timestamp=0)
    assert [row.pk for row in Session.objects.all()] == [waiting.session_key]


def test_a_login_ended_elsewhere_does_not_come_back_under_another_key(key):
    store = SessionStore(key)
    assert store.login_id
    end_all_logins(user=User.objects.get())
    store.cycle_key()
    store["thing"] = 1
    store.save()
    row = Session.objects.get()
    assert row.user is None
    assert dict(SessionStore(row.pk).items()) == {"thing": 1}


def test_the_database_refuses_half_a_login(key):
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.update(login_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.update(user=None)


def test_idle_staff_are_logged_out_and_told(staff, client):
    client.post("/admin/login/", {"username": "librarian", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    age(seen=IDLE)
    answer = client.get("/admin/accounts/user/")
    assert answer.url == "/admin/login/?next=/admin/accounts/user/&ended=timed-out"
    page = client.get(answer.url).content.decode()
    assert "ログアウトしました。続けるには、もう一度ログインしてください" in page
    assert "librarian" not in page
    again = client.post(answer.url, {"username": "librarian", "password": PASSWORD})
    assert again.url == "/admin/accounts/user/"
