"""A password of one's own: asked for before anything else, and what it may not be."""

from datetime import date

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Session
from mylibrary.signin.password_rules import is_birth_date, is_number
from tests.accounts.leaking import tries
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, EDIT, LOGIN, MENU, PASSWORD, PROFILE

NEW = "blue-mountain-river"


def choose(client, new=NEW, again=None, **fields):
    again = new if again is None else again
    return client.post(CHOOSE, {"new_password": new, "new_password_again": again} | fields)


@pytest.fixture
def newcomer(client, patron, log_in) -> Client:
    """A browser in which 大分 太郎 has logged in with the birth date."""
    log_in(client, patron.number, BIRTH_DATE)
    return client


@pytest.mark.parametrize("path", [MENU, CARD, PROFILE, EDIT])
def test_nothing_is_shown_before_a_password_is_chosen(newcomer, path):
    assert newcomer.get(path).url.startswith(CHOOSE)
    assert newcomer.post(path).url.startswith(CHOOSE)


def test_first_password_page_says_why(newcomer):
    page = newcomer.get(CHOOSE).content.decode()
    assert "<h1>新しいパスワードを決めてください</h1>" in page
    assert "はじめの1回だけ使えます" in page
    assert "今のパスワード" not in page


def test_chosen_password_keeps_the_session_and_opens_my_library(newcomer, patron, log_in):
    before = newcomer.session.session_key
    assert choose(newcomer).url == MENU
    assert newcomer.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert "パスワードを変更しました" in newcomer.get(MENU).content.decode()
    assert log_in(Client(), patron.number, BIRTH_DATE).status_code == 422
    assert log_in(Client(), patron.number, NEW).url == MENU


def test_first_choice_goes_on_to_the_page_asked_for(client, patron, log_in):
    answer = log_in(client, patron.number, BIRTH_DATE, next=CARD)
    assert answer.url == f"{CHOOSE}?next=%2Fmylibrary%2Fcard%2F"
    assert f'name="next" value="{CARD}"' in client.get(answer.url).content.decode()
    assert choose(client, next=CARD).url == CARD


def test_choice_never_leads_to_another_site(newcomer):
    assert choose(newcomer, next="//evil.example/").url == MENU


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "新しいパスワードを入力してください"),
        ("short7!", "8文字以上"),
        ("password1", "よく使われる"),
        ("12345678", "よく使われる"),
        ("20130720", "生年月日は使えません"),
        ("２０１３０７２０", "生年月日は使えません"),
        ("2013-07-20", "生年月日は使えません"),
        ("2013年7月20日", "生年月日は使えません"),
        ("平成25年7月20日", "生年月日は使えません"),
        ("80000288000028x" + "y" * 130, "128文字まで"),
    ],
)
def test_unfit_password_is_refused_with_what_to_do(newcomer, patron, password, message):
    page = choose(newcomer, password)
    assert page.status_code == 422
    assert message in page.content.decode()
    patron.refresh_from_db()
    assert not patron.has_own_password


def test_number_is_refused_as_password(newcomer, patron):
    page = choose(newcomer, f"{patron.number[:4]}-{patron.number[4:]}")
    assert "利用者番号は使えません" in page.content.decode()


def test_two_different_passwords_are_refused(newcomer, patron):
    page = choose(newcomer, NEW, NEW + "x")
    assert page.status_code == 422
    assert "上と同じパスワード" in page.content.decode()
    assert NEW not in page.content.decode()


def test_sentence_without_digits_or_signs_is_accepted(newcomer):
    assert choose(newcomer, "いろはにほへとちりぬるを").status_code == 302


def test_later_change_asks_for_the_password_so_far(at_home, member, log_in):
    other = Client()
    log_in(other, member.number)
    wrong = choose(at_home, password="not-this-one")
    assert wrong.status_code == 422
    assert "今のパスワードが違います" in wrong.content.decode()
    assert choose(at_home).status_code == 422
    assert choose(at_home, password=PASSWORD).url == MENU
    assert at_home.get(MENU).status_code == 200
    assert other.get(MENU).url.startswith(LOGIN)


def test_guessing_the_password_so_far_is_throttled(at_home):
    answers = [choose(at_home, password="not-this-one").status_code for _ in tries(11)]
    assert answers == [422] * 10 + [429]


def test_without_the_requirement_the_birth_date_opens_my_library(client, patron, log_in, settings):
    settings.REQUIRE_PASSWORD_CHANGE = False
    assert log_in(client, patron.number, BIRTH_DATE).url == MENU
    assert client.get(CARD).status_code == 200
    assert "新しいパスワードを決めてください" in client.get(CHOOSE).content.decode()


@pytest.mark.parametrize(
    "password",
    ["20130720", "2013/7/20", "130720", "07202013", "20-07-2013", "H25.7.20", "h250720",
     "平成２５年７月２０日", "2013072020130720", "2013年07月20日生", "25.07.20"],
)  # fmt: skip
def test_birth_date_is_known_in_every_spelling(password):
    assert is_birth_date(password, "20130720")


@pytest.mark.parametrize("password", ["20130721", "taro20130720", "2013072", "", "昭和63年"])
def test_other_passwords_are_not_the_birth_date(password):
    assert not is_birth_date(password, "20130720")


def test_era_change_and_unknown_parts():
    assert is_birth_date("昭和64年1月7日", "19890107")
    assert is_birth_date("平成元年1月8日", "19890108")
    assert is_birth_date("19500000", "19500000")
    assert not is_birth_date("1950", "19500000")


def test_birth_date_that_repeats_itself_is_one():
    assert is_birth_date("1891-8-9", "18910809")


@pytest.mark.parametrize("password", ["8000028", "8000-028", "８００００２８", "A8000028A"])
def test_number_is_known_with_separators(password):
    assert is_number(password, "8000028")


@given(st.text(max_size=40), st.dates(date(1850, 1, 1)))
def test_rules_take_any_text_and_any_day(password, day):
    assert not is_birth_date(f"x{password}", f"{day:%Y%m%d}")
    assert not is_number(f"x{password}", "8000028")
    assert is_birth_date(f"{day.year}-{day.month}-{day.day}", f"{day:%Y%m%d}")
