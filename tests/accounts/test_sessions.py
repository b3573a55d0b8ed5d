"""The session engine."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import SessionStore
from accounts.tasks import delete_ended_logins

pytestmark = pytest.mark.django_db


def test_session_knows_its_user(staff, client):
    client.force_login(staff)
    session = Session.objects.get()
    assert session.user == staff
    assert session.created_at <= timezone.now()


def test_deleting_a_user_ends_the_sessions(staff, client):
    client.force_login(staff)
    staff.delete()
    assert not Session.objects.exists()


def test_reading_writes_the_last_use_only_now_and_then(staff, client, django_assert_num_queries):
    client.force_login(staff)
    key = client.session.session_key
    with django_assert_num_queries(1):
        assert SessionStore(key).load()
    earlier = timezone.now() - timedelta(seconds=61)
    Session.objects.update(last_seen_at=earlier, created_at=earlier)
    with django_assert_num_queries(2):
        assert SessionStore(key).load()
    assert Session.objects.get().last_seen_at > earlier
    with django_assert_num_queries(1):
        assert SessionStore(key).load()


def test_saving_keeps_when_it_began():
    store = SessionStore()
    store["thing"] = 1
    store.save()
    began = timezone.now() - timedelta(hours=1)
    Session.objects.update(created_at=began)
    store["thing"] = 2
    store.save()
    assert Session.objects.get().created_at == began
    assert SessionStore(store.session_key)["thing"] == 2


def test_session_ended_elsewhere_does_not_come_back():
    store = SessionStore()
    store["thing"] = 1
    store.save()
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_expired_sessions_are_not_read_and_are_deleted():
    store = SessionStore()
    store["thing"] = 1
    store.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(store.session_key).load() == {}
    delete_ended_logins(timestamp=0)
    assert not Session.objects.exists()


@pytest.mark.parametrize("key", ["\\000" * 32, "a" * 8, "é" * 32, "A" * 32, "x" * 5000])
def test_cookie_that_is_no_key_is_nobodys(client, key):
    response = client.get("/mylibrary/", headers={"Cookie": f'sessionid="{key}"'})
    assert response.status_code == 302
    assert response.url.startswith("/mylibrary/login/")


def test_a_session_moves_to_another_key_in_one_statement(django_assert_num_queries):
    store = SessionStore()
    store["thing"] = 1
    store.save()
    store = SessionStore(old := store.session_key)
    assert store["thing"] == 1
    with django_assert_num_queries(1):
        store.cycle_key()
    store.save()

    assert Session.objects.get().pk == store.session_key != old
    assert SessionStore(store.session_key)["thing"] == 1
    assert SessionStore(old).load() == {}


@pytest.mark.parametrize("ended", [True, False])
def test_a_session_that_is_not_stored_gets_a_new_key_too(ended):
    store = SessionStore()
    if ended:
        store.save()
        Session.objects.all().delete()
    store["thing"] = 1
    store.cycle_key()
    store.save()

    assert SessionStore(store.session_key)["thing"] == 1
