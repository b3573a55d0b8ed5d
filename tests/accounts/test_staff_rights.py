"""A member of staff who keeps the list of staff does not become a superuser by it."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "mizuumi-icho-42"


@pytest.fixture
def keeper() -> User:
    user = get_user_model().objects.create_user("keeper", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user


@pytest.fixture
def browser(keeper) -> Client:
    client = Client()
    client.force_login(keeper, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_nobody_hands_out_rights_to_themselves(browser, keeper):
    permissions = set(keeper.user_permissions.all())
    every = list(Permission.objects.values_list("pk", flat=True))
    typed = {"username": "keeper2", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    address = f"/admin/accounts/user/{keeper.pk}/change/"
    assert browser.post(address, typed | {"user_permissions": every}).status_code == 302
    keeper.refresh_from_db()
    assert (keeper.username, keeper.is_staff, keeper.is_superuser) == ("keeper2", True, False)
    assert set(keeper.user_permissions.all()) == permissions


@pytest.mark.parametrize("page", ["password", "change", "delete"])
def test_a_superuser_is_not_touched(browser, page):
    chief = get_user_model().objects.create_superuser("chief", PASSWORD)
    typed = {"username": "mine", "password1": "a", "password2": "a", "post": "yes"}
    response = browser.post(f"/admin/accounts/user/{chief.pk}/{page}/", typed)
    assert response.status_code == 403
    assert get_user_model().objects.filter(username="chief").exists()


def test_a_new_member_of_staff_gets_no_rights_by_it(browser):
    typed = {
        "username": "novice",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "is_superuser": "on",
    }
    assert browser.post("/admin/accounts/user/add/", typed).status_code == 302
    novice = get_user_model().objects.get(username="novice")
    assert (novice.is_staff, novice.is_superuser) == (True, False)
