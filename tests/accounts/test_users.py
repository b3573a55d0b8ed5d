"""Staff and patrons share one table and can never be taken for one another."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from tests.accounts.conftest import PASSWORD

User = get_user_model()


@pytest.mark.parametrize(
    "username",
    ["8000028", "８００００２８", "12-34", "patron:1", "", "a b", "\u3164", "boss\u3164", "②"],
)
def test_staff_username_that_could_be_a_patrons_is_refused(username, db):
    with pytest.raises(ValidationError):
        User.objects.create_superuser(username, PASSWORD)


@pytest.mark.parametrize("username", ["librarian", "山田", "tanaka.hanako+1@oita", "8000028a"])
def test_staff_username_with_a_letter_is_accepted(username, db):
    User.objects.create_superuser(username, PASSWORD).full_clean()


@pytest.mark.parametrize("username", ["8000028", "patron:1"])
def test_database_refuses_it_too(username, db):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username=username, is_staff=True)


def test_createsuperuser_command_checks_the_username(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", username="12345")
    call_command("createsuperuser", "--noinput", username="boss", verbosity=0)
    assert authenticate(None, username="boss", password=PASSWORD).is_superuser


def test_staff_are_managed_in_the_admin(staff, client):
    client.force_login(staff)
    patron_login = User.objects.create(username="patron:7")
    response = client.post(
        "/admin/accounts/user/add/",
        {
            "username": "tanaka",
            "name": "田中　花子",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert response.status_code == 302, response.content.decode()
    tanaka = User.objects.get(username="tanaka")
    assert tanaka.is_staff
    assert str(tanaka) == "田中　花子"
    assert tanaka.check_password(PASSWORD)
    page = client.get("/admin/accounts/user/").content.decode()
    assert "tanaka" in page
    assert "patron:7" not in page
    assert client.get(f"/admin/accounts/user/{tanaka.pk}/change/").status_code == 200
    assert client.get(f"/admin/accounts/user/{tanaka.pk}/password/").status_code == 200
    assert client.get(f"/admin/accounts/user/{patron_login.pk}/change/").status_code == 302


def test_username_of_digits_is_refused_in_the_admin(staff, client):
    client.force_login(staff)
    response = client.post(
        "/admin/accounts/user/add/",
        {
            "username": "8000028",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert "文字を1つ以上入れてください" in response.content.decode()
    assert not User.objects.filter(username="8000028").exists()
