"""The form of a tab that was open before somebody logged in in another one."""

import re

import pytest
from django.test import Client

from registration.application.models import Application
from tests.patrons.people import set_own_password
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    TYPED,
    TYPED_BY_HANAKO,
    hidden_fields,
    identify,
    registered,
    text,
)

pytestmark = pytest.mark.django_db
ORIGIN = {"origin": "http://testserver"}
START = "/myna/start/"
PASSWORD = "tall-green-lighthouse"


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


def send(visitor, path, page, typed, headers=ORIGIN):
    """Press a button of a page as it was shown, with its token."""
    token = re.search('name="csrfmiddlewaretoken" value="(\\w+)"', text(page))[1]
    fields = hidden_fields(text(page)) | typed | {"csrfmiddlewaretoken": token}
    return visitor.post(path, fields, headers=headers)


def log_in_in_another_tab(visitor):
    patron = registered(Client()).patron
    set_own_password(patron=patron, password=PASSWORD)
    login = "/mylibrary/login/"
    who = {"username": patron.number, "password": PASSWORD}
    assert send(visitor, login, visitor.get(login), who).status_code == 302


@pytest.mark.parametrize("path", [FORM, START])
def test_what_was_typed_before_a_login_in_another_tab_comes_back(visitor, path):
    page = visitor.get(FORM)
    log_in_in_another_tab(visitor)
    before = Application.objects.count()
    again = send(visitor, path, page, TYPED_BY_HANAKO | {"purpose": "registration"})
    assert again.status_code == 403
    html = text(again)
    assert "<title>エラー：利用者情報登録｜" in html
    assert "もう一度押してください" in html
    for value in ("ハナコ", TYPED["phone"], TYPED["email"]):
        assert f'value="{value}"' in html
    assert "no-store" in again["Cache-Control"]
    assert again["Content-Security-Policy"] == page["Content-Security-Policy"]
    assert Application.objects.count() == before
    assert send(visitor, path, again, TYPED_BY_HANAKO).status_code != 403


def test_an_identified_draft_goes_on_with_the_new_token(visitor):
    draft = identify(visitor, HANAKO)
    page = visitor.get(FORM)
    visitor.cookies["csrftoken"] = "a" * 32
    again = send(visitor, FORM, page, TYPED_BY_HANAKO)
    assert again.status_code == 403
    assert HANAKO.name in text(again)
    draft.refresh_from_db()
    assert (draft.state, draft.phone) == ("identified", "")
    assert send(visitor, FORM, again, TYPED_BY_HANAKO).url == CONFIRM


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "https://elsewhere.example"}, {"origin": "null"}]
)
def test_a_form_of_another_site_is_shown_nothing(visitor, headers):
    identify(visitor)
    page = visitor.get(FORM)
    visitor.cookies["csrftoken"] = "a" * 32
    answer = send(visitor, FORM, page, TYPED, headers)
    assert answer.status_code == 403
    assert "<h1>もう一度操作してください</h1>" in text(answer)
    assert TYPED["phone"] not in text(answer)


def test_a_browser_without_cookies_is_told_of_them(visitor):
    page = visitor.get(FORM)
    visitor.cookies.clear()
    answer = send(visitor, FORM, page, TYPED)
    assert answer.status_code == 403
    assert "Cookieを使えるように" in text(answer)
