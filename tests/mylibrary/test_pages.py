"""Menu, profile and card: what they show, to whom, and at what cost."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from accounts.models import Session
from notices.models import Notice
from tests.mylibrary.conftest import (
    CARD,
    CHOOSE,
    EDIT,
    LOGIN,
    MENU,
    MESSAGES,
    PASSWORD,
    PRIVACY,
    PROFILE,
    SESSIONS,
    USAGE,
)
from tests.mylibrary.mails import edit
from tests.mylibrary.passkeys.passkeys import PASSKEYS
from tests.mylibrary.requests.wishes import LIST as REQUESTS
from tests.patrons.people import imported_patron, set_own_password

BOOKSHELF, SDI = "/mylibrary/bookshelf/", "/mylibrary/sdi/"
PAGES = [MENU, USAGE, PROFILE, EDIT, CARD, CHOOSE, SESSIONS, PASSKEYS, PRIVACY]
PAGES += [BOOKSHELF, SDI, REQUESTS]
# The profile also asks for the card, and for kana and an address that wait; the own data are all.
QUERIES = {MENU: 4, USAGE: 3, SESSIONS: 4, PROFILE: 5, PRIVACY: 35}
CONTACT = {"phone": "0970000000", "email": "oita@oita.co.jp", "contact_method": "none"}


@pytest.mark.parametrize("path", PAGES)
def test_page_costs_few_queries(at_home, django_assert_max_num_queries, path):
    at_home.get(path)
    with django_assert_max_num_queries(QUERIES.get(path, 3)):
        assert at_home.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_page_is_never_stored(at_home, path):
    assert "no-store" in at_home.get(path).headers["Cache-Control"]


def test_login_page_is_never_stored(client, db):
    assert "no-store" in client.get(LOGIN).headers["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_sees_it(client, db, path):
    assert client.get(path).url.startswith(LOGIN)


def test_menu_has_only_what_exists(at_home):
    page = at_home.get(MENU).content.decode()
    links = re.findall(r'href="(/mylibrary/[^"]*)"', page)
    assert set(links) == {*PAGES, MESSAGES}
    assert all(at_home.get(link).status_code == 200 for link in links)


def test_profile_shows_what_is_registered(at_home, member):
    page = at_home.get(PROFILE).content.decode()
    shown = re.findall(r"<dd>([^<]*)</dd>", page)
    assert shown == [
        member.number,
        "大分　太郎",
        "オオイタ　タロウ",
        "2013/7/20",
        "8700000",
        "大分県大分市金池南1丁目5番1号",
        "0970000000",
        "oita@oita.co.jp",
        "不要",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_pages_show_the_owner_only(at_home, path):
    other = imported_patron()
    set_own_password(patron=other, password=PASSWORD)
    page = at_home.get(path, {"patron": other.pk, "number": other.number}).content.decode()
    for secret in (other.number, other.name, other.email, other.phone):
        assert secret not in page


def test_withdrawn_patron_is_out_at_once(at_home, member):
    member.withdrawn_at = timezone.now()
    member.save()
    assert at_home.get(CARD).url.startswith(LOGIN)


@pytest.mark.parametrize("path", PAGES)
def test_staff_get_a_calm_page(client, db, path):
    client.force_login(get_user_model().objects.create_superuser("librarian", PASSWORD))
    page = client.get(path)
    assert page.status_code == 403
    assert "職員としてログインしています" in page.content.decode()


def test_card_shows_time_number_and_counts(at_home, member, monkeypatch):
    moment = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    Session.objects.update(logged_in_at=moment, last_seen_at=moment)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    page = at_home.get(CARD).content.decode()
    assert (
        '<time id="card-time" datetime="2026-03-10T09:00:00+09:00">2026年03月10日 9時00分' in page
    )
    assert f'<p class="pcard__no">{member.number}</p>' in page
    assert f'aria-label="貸出券の番号 {member.number} のバーコード"' in page
    assert "延滞資料 (0冊)" in page
    assert "利用可能な資料 (0冊)" in page
    assert "カード）が必要な方は、後日、市民図書館窓口へ" in page


def test_number_without_a_barcode_is_shown_all_the_same(at_home, member):
    member.number = "ABC<1>"
    member.save()
    page = at_home.get(CARD).content.decode()
    assert "ABC&lt;1&gt;" in page
    assert "<svg" not in page
    assert "バーコードで表示できません" in page


def test_corrected_address_gets_the_mail_that_did_not_come(at_home, member):
    answer = edit(at_home, CONTACT | {"email": "taro@example.jp", "contact_method": "email"})
    assert answer.url == PROFILE
    member.refresh_from_db()
    assert member.email == "taro@example.jp"
    assert member.contact_method == "email"
    notice = Notice.objects.get(kind="registration_received")
    assert notice.patron == member
    assert notice.recipient == "taro@example.jp"
    assert notice.subject == "【大分市民図書館】利用者登録の申請を受け付けました"
    assert member.number in notice.body
    assert member.name not in notice.body
    page = at_home.get(PROFILE).content.decode()
    assert "利用者情報を変更しました" in page
    assert "登録申請受付メールを送ります" in page


def test_the_same_address_in_another_width_is_no_change(at_home, member):
    wide = "ＯＩＴＡ@oita.co.jp".lower()
    edit(at_home, CONTACT | {"email": wide, "contact_method": "email"})
    member.refresh_from_db()
    assert (member.email, member.contact_method) == ("oita@oita.co.jp", "email")
    assert not Notice.objects.exists()


def test_a_new_telephone_number_is_told(at_home, member):
    edit(at_home, CONTACT | {"phone": "090-1234-5678"})
    member.refresh_from_db()
    assert member.phone == "09012345678"
    notice = Notice.objects.get()
    assert (notice.patron, notice.recipient) == (member, member.email)
    assert notice.subject == "【大分市民図書館】電話番号が変更されました"
    assert "09012345678" not in notice.body


def test_mails_to_new_addresses_are_limited(at_home, member):
    answers = [
        edit(at_home, CONTACT | {"email": f"taro{n}@example.jp"}).status_code for n in range(6)
    ]
    assert answers == [302] * 5 + [429]
    member.refresh_from_db()
    assert member.email == "taro4@example.jp"
    for kind in ("registration_received", "email_confirmation"):
        assert Notice.objects.filter(kind=kind).count() == 5


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", ""),
        ("phone", "電話はありません"),
        ("phone", "+1 212 555 0100"),
        ("email", ""),
        ("email", "oita"),
        ("email", "a@example.jp, b@example.jp"),
        ("email", "a@example.jp\r\nBcc: b@example.jp"),
        ("email", "a@example.jp\nSubject: x"),
        ("email", f"{'x' * 250}@example.jp"),
        ("email", "😀@example.jp"),
        ("contact_method", "fax"),
        ("contact_method", ""),
    ],
)
def test_bad_input_is_explained_and_kept_and_nothing_stored(at_home, member, field, typed):
    page = edit(at_home, CONTACT | {"contact_method": "phone"} | {field: typed})
    assert page.status_code == 422
    text = page.content.decode()
    assert "<title>エラー：利用者情報変更｜" in text
    assert f'id="id_{field}_error"' in text
    member.refresh_from_db()
    assert (member.phone, member.email) == ("0970000000", "oita@oita.co.jp")
    assert member.contact_method == "none"
    assert not Notice.objects.exists()


def test_what_was_typed_is_kept(at_home):
    page = edit(at_home, CONTACT | {"email": "oita＠＠oita", "phone": "abc"})
    assert 'value="oita＠＠oita"' in page.content.decode()
    assert 'value="abc"' in page.content.decode()
    assert "<script>" not in edit(at_home, CONTACT | {"email": "<script>"}).content.decode()


def test_patron_of_the_counter_without_mail_can_change_the_telephone(client, db, log_in):
    patron = imported_patron(email="")
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    change = {"phone": "0977111111", "email": "", "contact_method": "phone"}
    assert edit(client, change).status_code == 302
    assert edit(client, change | {"contact_method": "email"}).status_code == 422
    assert edit(client, change | {"email": "hanako@example.com"}).status_code == 302
    mailed = Notice.objects.exclude(recipient="").values_list("kind", "recipient")
    assert list(mailed) == [("email_confirmation", "hanako@example.com")]
