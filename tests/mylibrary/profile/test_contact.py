"""Two tabs of 利用者情報変更: neither overwrites the other unseen."""

import re
from collections import Counter

import pytest
from django.test import Client

from mylibrary.errors import PageStale
from mylibrary.profile.models import EmailConfirmation
from mylibrary.profile.services import mark_of, update_contact
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import EDIT, PROFILE
from tests.mylibrary.mails import CONFIRM, CONTACT, confirmed, edit, key_of, link_in, mails
from tests.patrons.test_parallel import together
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db
MINE, THEIRS = "0977000001", "0977000002"


@pytest.fixture
def tab(at_home, member) -> dict[str, str]:
    """What a tab with 利用者情報変更 would send, before anything else happens."""
    return CONTACT | hidden_fields(text(at_home.get(EDIT)))


def stored(patron: Patron) -> tuple[str, str, str]:
    patron.refresh_from_db()
    return patron.phone, patron.email, patron.contact_method


def differences(html: str) -> list[tuple[str, str, str]]:
    return re.findall(
        r"<dt>([^<]*)</dt>\s*<dd>今の登録：([^<]*)<br>入力した内容：([^<]*)</dd>", html
    )


def test_page_that_shows_what_is_stored_is_taken(at_home, member, tab):
    assert at_home.post(EDIT, tab | {"phone": MINE}).url == PROFILE
    assert stored(member)[0] == MINE


def test_second_tab_is_shown_both_and_nothing_is_stored(at_home, member, tab):
    at_home.post(EDIT, tab | {"phone": THEIRS, "contact_method": "phone"})
    answer = at_home.post(EDIT, tab | {"phone": "0977-00-0001"})
    assert answer.status_code == 409
    html = text(answer)
    assert "<title>エラー：利用者情報変更｜" in html
    assert "ほかの画面で内容が変わりました" in html
    assert differences(html) == [
        ("電話番号", THEIRS, MINE),
        ("予約連絡方法", "電話", "不要"),
    ]
    assert 'value="0977-00-0001"' in html
    assert stored(member) == (THEIRS, CONTACT["email"], "phone")


def test_one_press_more_stores_it_all_the_same(at_home, member, tab):
    at_home.post(EDIT, tab | {"phone": THEIRS})
    typed = CONTACT | {"phone": MINE}
    page = text(at_home.post(EDIT, tab | typed))
    assert at_home.post(EDIT, typed | hidden_fields(page)).url == PROFILE
    assert stored(member)[0] == MINE


def test_a_third_tab_in_between_is_noticed_again(at_home, member, tab):
    at_home.post(EDIT, tab | {"phone": THEIRS})
    page = text(at_home.post(EDIT, tab | {"phone": MINE}))
    edit(at_home, CONTACT | {"phone": "0977000003"})
    again = at_home.post(EDIT, CONTACT | {"phone": MINE} | hidden_fields(page))
    assert again.status_code == 409
    assert differences(text(again)) == [("電話番号", "0977000003", MINE)]


def test_an_error_in_between_does_not_hide_the_conflict(at_home, member, tab):
    at_home.post(EDIT, tab | {"phone": THEIRS})
    refused = at_home.post(EDIT, tab | {"phone": "abc"})
    assert refused.status_code == 422
    again = at_home.post(EDIT, CONTACT | {"phone": MINE} | hidden_fields(text(refused)))
    assert again.status_code == 409
    assert stored(member)[0] == THEIRS


def test_second_press_of_the_same_button_is_no_conflict(at_home, member, tab):
    change = tab | {"phone": MINE, "email": "taro@example.jp"}
    assert [at_home.post(EDIT, change).status_code for _ in range(2)] == [302, 302]
    assert len(mails("email_confirmation")) == 1


def test_second_press_with_a_confirmed_address_is_no_conflict(at_home, member, tab):
    confirmed(member)
    tab |= hidden_fields(text(at_home.get(EDIT)))
    change = tab | {"email": "taro@example.jp"}
    assert [at_home.post(EDIT, change).status_code for _ in range(2)] == [302, 302]
    assert len(mails("email_confirmation")) == 1


def test_a_change_by_staff_is_noticed(at_home, member, tab):
    Patron.objects.update(phone=THEIRS)
    assert at_home.post(EDIT, tab | {"phone": MINE}).status_code == 409


def test_an_address_that_waits_since_is_noticed(at_home, member):
    confirmed(member)
    tab = CONTACT | hidden_fields(text(at_home.get(EDIT)))
    at_home.post(EDIT, tab | {"email": "taro@example.jp"})
    answer = at_home.post(EDIT, tab | {"email": "third@example.jp"})
    assert answer.status_code == 409
    assert differences(text(answer)) == [
        ("E-mail", CONTACT["email"], "third@example.jp"),
        ("確認待ちのE-mail", "taro@example.jp", "third@example.jp"),
    ]
    assert EmailConfirmation.objects.get().email == "taro@example.jp"


def test_saving_what_is_stored_disturbs_no_address_that_waits_since(at_home, member):
    confirmed(member)
    tab = CONTACT | hidden_fields(text(at_home.get(EDIT)))
    at_home.post(EDIT, tab | {"email": "taro@example.jp"})
    assert at_home.post(EDIT, tab).url == PROFILE
    assert EmailConfirmation.objects.get().email == "taro@example.jp"


def test_an_address_confirmed_since_is_noticed(at_home, member):
    confirmed(member)
    edit(at_home, CONTACT | {"email": "taro@example.jp"})
    tab = CONTACT | hidden_fields(text(at_home.get(EDIT)))
    at_home.post(CONFIRM, {"key": key_of(link_in(mails("email_confirmation")[0]))})
    answer = at_home.post(EDIT, tab | {"phone": MINE})
    assert answer.status_code == 409
    assert stored(member)[:2] == (CONTACT["phone"], "taro@example.jp")


def test_mark_says_nothing_and_is_each_patrons_own(at_home, member, tab):
    assert tab["shown"] == mark_of(member, None)
    assert re.fullmatch("[0-9a-f]{20}", tab["shown"])
    member.pk += 1
    assert mark_of(member, None) != tab["shown"]


@pytest.mark.parametrize("mark", ["x", "0" * 20, "あ" * 20, "\x00", "<b>", "9" * 100_000])
def test_wrong_mark_is_a_conflict_and_no_fault(at_home, member, mark):
    answer = edit(at_home, CONTACT | {"phone": MINE, "shown": mark})
    assert answer.status_code == 409
    assert "<b>" not in text(answer)
    assert stored(member)[0] == CONTACT["phone"]


def test_both_or_neither_is_told(member):
    with pytest.raises(PageStale):
        update_contact(patron=member, **(CONTACT | {"phone": MINE}), mark="old")
    assert not Notice.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"shown": ""}])
def test_what_comes_from_no_page_is_a_conflict_and_kept(at_home, member, sent):
    answer = at_home.post(EDIT, CONTACT | {"phone": MINE} | sent)
    assert answer.status_code == 409
    assert f'value="{MINE}"' in text(answer)
    assert stored(member)[0] == CONTACT["phone"]
    assert at_home.post(EDIT, CONTACT | {"phone": MINE} | hidden_fields(text(answer))).url
    assert stored(member)[0] == MINE


@pytest.mark.django_db(transaction=True)
def test_of_many_tabs_at_once_one_wins_and_the_others_are_told(member):
    mark = mark_of(member, None)

    def press(number):
        change = CONTACT | {"phone": f"09770000{number:02}", "email": f"taro{number}@example.jp"}
        try:
            update_contact(patron=member, **change, mark=mark)
        except PageStale:
            return "told"
        return change["phone"]

    outcome = Counter(together([lambda number=number: press(number) for number in range(5)]))
    (winner,) = set(outcome) - {"told"}
    assert outcome == {"told": 4, winner: 1}
    assert stored(member)[0] == winner
    assert EmailConfirmation.objects.get().email == stored(member)[1]
    assert len(mails("email_confirmation")) == 1


@pytest.mark.django_db(transaction=True)
def test_link_pressed_many_times_at_once_is_used_once(at_home, member):
    confirmed(member)
    edit(at_home, CONTACT | {"email": "taro@example.jp"})
    key = key_of(link_in(mails("email_confirmation")[0]))

    def press():
        browser = Client()
        browser.cookies = at_home.cookies.copy()
        return browser.post(CONFIRM, {"key": key}).status_code

    # A press that comes when the first one is through finds in the session that it is done.
    answers = Counter(together([press] * 5))
    assert answers[302] >= 1
    assert answers[302] + answers[410] == 5
    assert len(mails("security")) == 2
