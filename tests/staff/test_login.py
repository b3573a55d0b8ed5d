"""The admin's login: under the same limits, closed to patrons."""

import re

import pytest
from django.test import Client

from accounts import throttle
from tests.accounts.conftest import PASSWORD
from tests.accounts.leaking import let_pass, tries
from tests.hashers import CountingHasher
from tests.patrons.people import imported_patron, set_own_password

LOGIN = "/admin/login/"
CHANGE = "/admin/password_change/"
INVALID = "正しいユーザー名とパスワード"


def log_in(client, username="librarian", password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": username, "password": password}, **extra)


def test_admin_sends_staff_to_its_own_login(client, db):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"


def test_staff_log_in(staff, client):
    assert log_in(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_an_open_login_is_no_place_to_guess_the_password(staff, client):
    client.force_login(staff, "django.contrib.auth.backends.ModelBackend")
    new = {"new_password1": "gingko-at-noon", "new_password2": "gingko-at-noon"}
    for _ in tries(throttle.DEVICE.burst):
        assert client.post(CHANGE, new | {"old_password": "wrong"}).status_code == 200
    refused = client.post(CHANGE, new | {"old_password": PASSWORD}, follow=True)
    assert "1分ほど待ってから" in refused.content.decode()
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)
    let_pass(throttle.DEVICE.interval)
    client.post(CHANGE, new | {"old_password": PASSWORD})
    staff.refresh_from_db()
    assert not staff.check_password(PASSWORD)


def test_staff_are_throttled_and_told_how_long(staff, client):
    for _ in range(throttle.ACCOUNT.burst):
        assert INVALID in log_in(client, password="wrong").content.decode()
    page = log_in(client).content.decode()
    assert "10分ほど待ってから" in page
    let_pass(throttle.ACCOUNT.interval)
    assert log_in(client).status_code == 302


def test_strangers_cannot_keep_a_name_locked_for_a_browser_its_owner_has_used(staff, client):
    assert log_in(client).status_code == 302
    client.post("/admin/logout/")
    for stranger in range(10):
        for _ in range(3):
            log_in(Client(), password="wrong", REMOTE_ADDR=f"203.0.{stranger}.1")
    assert log_in(Client()).status_code == 200
    assert log_in(client).status_code == 302


def test_a_browser_is_known_after_a_right_login_only(staff, client):
    log_in(client, password="wrong")
    client.get(LOGIN)
    assert throttle.DEVICE_COOKIE not in client.cookies
    log_in(client)
    cookie = client.cookies[throttle.DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    answers = [log_in(client, password="wrong") for _ in tries(throttle.DEVICE.burst + 1)]
    assert re.search(r"(秒|(?<!\d)1分)ほど待ってから", answers[-1].content.decode())


def test_success_forgets_the_failures(staff, client):
    for _ in range(2):
        for _ in range(throttle.ACCOUNT.burst - 1):
            log_in(client, password="wrong")
        assert log_in(client).status_code == 302
        client.logout()


def test_unknown_username_gets_the_same_answer(staff, client):
    known = log_in(client, password="wrong").content.decode()
    unknown = log_in(client, username="nobody", password="wrong").content.decode()
    assert INVALID in known
    assert INVALID in unknown


@pytest.mark.django_db
def test_patron_cannot_use_the_admins_login(client):
    patron = imported_patron()
    user = set_own_password(patron=patron, password=PASSWORD)
    for username in (patron.number, user.username):
        assert INVALID in log_in(client, username=username).content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_patron_who_is_logged_in_sees_no_admin_page(client):
    user = set_own_password(patron=imported_patron(), password=PASSWORD)
    client.force_login(user, backend="patrons.backends.PatronBackend")
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/patrons/patron/").status_code == 302


@pytest.mark.django_db
def test_what_is_too_long_costs_no_hash(client, settings):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]
    before = CountingHasher.computations
    assert INVALID in log_in(client, password="x" * 200_000).content.decode()
    assert CountingHasher.computations == before
