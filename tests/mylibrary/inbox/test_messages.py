"""通知メッセージ一覧: what a patron was told, read and unread, and nobody else's."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from mylibrary.inbox.views import PER_PAGE
from notices.enums import OF_LENDING, OPTIONAL, NoticeKind
from notices.models import MailPreference, Notice, NoticeChoice
from notices.services import choose_contents, send
from notices.texts import TITLES
from notices.titles import givers
from patrons.models import Patron
from tests.mylibrary.conftest import (
    BIRTH_DATE,
    CARD,
    CHOOSE,
    EDIT,
    LOGIN,
    MAIL_SETTINGS,
    MENU,
    MESSAGES,
    PASSWORD,
    PRIVACY,
    PROFILE,
    SESSIONS,
)
from tests.patrons.people import imported_patron

READ_ALL = f"{MESSAGES}read/"
SUBJECT = "【大分市民図書館】パスワードが変更されました"
TITLE = "パスワードが変更されました"
REMINDER = NoticeKind.FIRST_LOGIN_REMINDER.value


@pytest.fixture
def tell(member) -> Callable[..., Notice]:
    """Return `tell(**changes)`, which sends 大分 太郎 a message."""

    def write(**changes: object) -> Notice:
        message = {
            "patron": member,
            "kind": NoticeKind.SECURITY,
            "subject": SUBJECT,
            "body": "一行目\n二行目\n\n次の段落",
            "recipient": member.email,
        }
        return send(**(message | changes))

    return write


def address(notice: Notice) -> str:
    return f"{MESSAGES}{notice.public_id}/"


def text(response) -> str:
    return response.content.decode()


def is_read(notice: Notice) -> bool:
    notice.refresh_from_db()
    return notice.read_at is not None


def unread_in_menu(client: Client) -> str:
    """Return how many messages the first page says are unread, "" where it says nothing."""
    page = text(client.get(MENU))
    found = re.search(r">未読<strong>([^<]*)</strong>", page)
    assert bool(found) == ("まだ読んでいないメッセージがあります" in page)
    return found[1] if found else ""


def shown_moment(page) -> str:
    return re.search(r'name="until" value="([^"]+)"', text(page))[1]


def test_the_list_shows_the_newest_first_and_marks_the_unread_in_words(at_home, tell):
    old, new = tell(subject="古い方"), tell(subject="新しい方")
    Notice.objects.filter(pk=old.pk).update(
        created_at=datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo")),
        read_at=timezone.now(),
    )
    page = text(at_home.get(MESSAGES))
    links = re.findall(r'<a href="(/mylibrary/messages/[0-9a-f-]{36}/)">([^<]*)</a>', page)
    assert links == [(address(new), "【未読】新しい方"), (address(old), "古い方")]
    assert "2026年3月10日 9時00分" in page
    assert "全2件（未読 1件）" in page


def test_the_library_s_name_does_not_stand_before_every_subject(at_home, tell):
    notice = tell()
    assert f">【未読】{TITLE}<" in text(at_home.get(MESSAGES))
    assert f"<h1>{TITLE}</h1>" in text(at_home.get(address(notice)))


def test_nothing_to_read_is_said(at_home):
    page = text(at_home.get(MESSAGES))
    assert "通知メッセージはありません" in page
    assert "すべて既読にする" not in page


def test_many_messages_are_on_several_pages(at_home, tell):
    for number in range(2 * PER_PAGE + 1):
        tell(subject=f"第{number}号")
    first, last = text(at_home.get(MESSAGES)), text(at_home.get(MESSAGES, {"page": "3"}))
    assert first.count("<li class=") == PER_PAGE
    assert "次の20件" in first
    assert "前の20件" not in first
    assert "第0号" in last
    assert "3／3ページ" in last
    assert "次の20件" not in last
    assert "<title>通知メッセージ一覧（3／3ページ）" in last


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "x", "\0", "１", "9" * 5000])
def test_an_impossible_page_is_answered_with_one_that_is_there(at_home, tell, page):
    tell()
    response = at_home.get(MESSAGES, {"page": page})
    assert response.status_code == 200
    assert TITLE in text(response)


def test_a_message_is_read_by_opening_it_and_only_then(at_home, tell):
    notice = tell()
    at_home.get(MESSAGES)
    at_home.head(address(notice))
    at_home.post(address(notice))
    assert not is_read(notice)
    page = text(at_home.get(address(notice)))
    assert "<p>一行目<br>二行目</p>" in page
    assert is_read(notice)
    first = notice.read_at
    at_home.get(address(notice))
    notice.refresh_from_db()
    assert notice.read_at == first


def test_the_menu_counts_the_unread(at_home, tell):
    assert unread_in_menu(at_home) == ""
    notices = [tell(), tell()]
    assert unread_in_menu(at_home) == "2件"
    at_home.get(address(notices[0]))
    assert unread_in_menu(at_home) == "1件"


def test_a_message_is_put_back_by_its_button_only(at_home, tell):
    notice = tell()
    at_home.get(address(notice))
    put_back = f"{address(notice)}unread/"
    assert f'action="{put_back}"' in text(at_home.get(address(notice)))
    assert at_home.get(put_back).url == address(notice)
    assert is_read(notice)
    assert at_home.post(put_back).url == MESSAGES
    assert not is_read(notice)
    assert "未読に戻しました" in text(at_home.get(MESSAGES))


def test_all_are_taken_for_read_but_what_came_since(at_home, tell):
    seen = [tell(), tell()]
    until = shown_moment(at_home.get(MESSAGES))
    since = tell()
    assert at_home.post(READ_ALL, {"until": until}).url == MESSAGES
    assert [is_read(notice) for notice in (*seen, since)] == [True, True, False]
    assert "2件を既読にしました" in text(at_home.get(MESSAGES))


def test_reading_all_takes_the_button(at_home, tell):
    notice = tell()
    assert at_home.get(READ_ALL, {"until": timezone.now().isoformat()}).url == MESSAGES
    assert not is_read(notice)


@pytest.mark.parametrize(
    "until",
    ["", "x", "\0", "2026-99-99", "0001-01-01T00:00:00+23:59", "2026-01-01T00:00", "'; --"],
)
def test_an_impossible_moment_reads_nothing(at_home, tell, until):
    notice = tell()
    assert at_home.post(READ_ALL, {"until": until}).url == MESSAGES
    assert not is_read(notice)


def test_the_last_moment_there_is_is_no_error(at_home, tell):
    assert at_home.post(READ_ALL, {"until": "9999-12-31T23:59:59-23:59"}).status_code == 302


def test_buttons_need_the_token(member, tell):
    notice = tell()
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user, backend="patrons.backends.PatronBackend")
    for target in (f"{address(notice)}unread/", READ_ALL, MAIL_SETTINGS):
        assert client.post(target).status_code == 403


def test_somebody_else_s_message_is_not_there(at_home, tell, member):
    own = tell()
    other = tell(patron=imported_patron(), subject="別の人へ", body="別の人の本文")
    nobody = tell(patron=None)
    for notice in (other, nobody):
        for path in (address(notice), f"{address(notice)}unread/"):
            assert at_home.get(path).status_code == 404
            assert at_home.post(path).status_code == 404
    Notice.objects.update(read_at=None)
    at_home.post(READ_ALL, {"until": timezone.now().isoformat()})
    assert [is_read(notice) for notice in (own, other, nobody)] == [True, False, False]
    for path in (MESSAGES, MENU, address(own)):
        assert "別の人" not in text(at_home.get(path))
    assert "全1件" in text(at_home.get(MESSAGES))


@pytest.mark.parametrize("name", ["1", str(uuid.UUID(int=0)), "x", "%00", "../card"])
def test_an_address_that_names_no_message_is_not_found(at_home, tell, name):
    notice = tell()
    assert at_home.get(f"{MESSAGES}{notice.pk}/").status_code == 404
    assert at_home.get(f"{MESSAGES}{name}/").status_code == 404


def test_the_neighbours_are_one_click_away(at_home, tell):
    oldest, middle, newest = tell(), tell(), tell()

    def neighbours(notice: Notice) -> list[str]:
        nav = text(at_home.get(address(notice))).partition('aria-label="前後のメッセージ"')[2]
        return re.findall(r'href="([^"]+)"', nav.partition("</nav>")[0])

    assert neighbours(newest) == [address(middle)]
    assert neighbours(middle) == [address(newest), address(oldest)]
    assert neighbours(oldest) == [address(middle)]
    Notice.objects.exclude(pk=middle.pk).delete()
    assert neighbours(middle) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recipient": ""}, "メールなし"),
        ({"sent_at": timezone.now()}, "メール送信済み"),
        ({"failed_at": timezone.now()}, "メールを送信できませんでした"),
        ({}, "メール送信待ち"),
    ],
    ids=["none", "sent", "failed", "waiting"],
)
def test_what_became_of_the_mail_is_said_in_words(at_home, tell, values, words):
    notice = tell()
    Notice.objects.update(**values | {"read_at": None})
    assert words in text(at_home.get(address(notice)))


def test_markup_in_a_message_is_text(at_home, tell):
    notice = tell(subject="<script>件名", body="<script>alert(1)</script>\n<b>太字</b>")
    for path in (MESSAGES, address(notice)):
        page = text(at_home.get(path))
        assert "<script>件" not in page
        assert "<script>alert" not in page
    assert "&lt;b&gt;太字&lt;/b&gt;" in page


def test_pages_cost_a_known_number_of_queries(at_home, tell, django_assert_num_queries):
    notices = [tell() for _ in range(3)]
    at_home.get(address(notices[1]))
    for path, queries in (
        (MENU, 4),
        (CARD, 3),
        (MESSAGES, 5),
        (address(notices[1]), 5),
        (address(notices[0]), 6),
        (MAIL_SETTINGS, 4),
    ):
        with django_assert_num_queries(queries):
            assert at_home.get(path).status_code == 200


@pytest.mark.parametrize("path", [MESSAGES, MAIL_SETTINGS])
def test_pages_are_private_and_never_stored(client, at_home, path):
    assert "no-store" in at_home.get(path).headers["Cache-Control"]
    assert Client().get(path).url.startswith(LOGIN)


def test_a_message_is_private_and_never_stored(at_home, tell):
    notice = tell()
    assert "no-store" in at_home.get(address(notice)).headers["Cache-Control"]
    stranger = Client()
    for path in (address(notice), f"{address(notice)}unread/", READ_ALL):
        assert stranger.get(path).url.startswith(LOGIN)
        assert stranger.post(path).url.startswith(LOGIN)
    assert "no-store" in at_home.post(READ_ALL).headers["Cache-Control"]


def test_staff_get_a_calm_page(client, tell, django_user_model):
    notice = tell()
    staff = django_user_model.objects.create_superuser("librarian", "only for this test")
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    for path in (MESSAGES, MAIL_SETTINGS, READ_ALL, address(notice)):
        assert client.get(path).status_code == 403
    assert not is_read(notice)


def test_who_still_has_to_choose_a_password_reads_nothing_yet(client, patron, log_in):
    log_in(client, patron.number, BIRTH_DATE)
    notice = send(
        patron=patron, kind=NoticeKind.SECURITY, subject=SUBJECT, body="本文", recipient=""
    )
    assert client.get(address(notice)).url.startswith(CHOOSE)
    assert not is_read(notice)


def test_titles_are_filled_in_on_reading_and_go_with_what_they_are_about(
    at_home, tell, monkeypatch
):
    loans = {7: "<b>ごんぎつね", 8: "手ぶくろを買いに"}
    kind = NoticeKind.LOAN_DUE
    monkeypatch.setitem(givers, kind, lambda patron, ids: [loans[n] for n in ids if n in loans])
    notice = tell(kind=kind, body=f"2点あります。\n\n{TITLES}", about=[7, 8])
    page = text(at_home.get(address(notice)))
    assert "<p>・&lt;b&gt;ごんぎつね<br>・手ぶくろを買いに</p>" in page
    assert str(TITLES) not in page
    told = at_home.get(PRIVACY)
    assert "手ぶくろを買いに" in text(told)
    loans.clear()
    assert "<p>書名は、貸出や予約が終わると表示されません。</p>" in text(
        at_home.get(address(notice))
    )
    assert "手ぶくろを買いに" not in text(at_home.get(PRIVACY))


# -- お知らせメールの設定 ------------------------------------------------------------------------


def test_the_settings_show_what_is_chosen_and_why_the_rest_comes(at_home, member):
    page = text(at_home.get(MAIL_SETTINGS))
    assert page.count("<select") == len(OPTIONAL) + 2
    assert page.count('<option value="yes" selected>') == len(OPTIONAL)
    assert "ほかの人が変更したときに、すぐに気づけるようにするためです" in page
    at_home.post(MAIL_SETTINGS, {REMINDER: "no"})
    assert text(at_home.get(MAIL_SETTINGS)).count('<option value="no" selected>') == 2


def test_a_declined_mail_stays_away_and_comes_again(at_home, tell):
    assert at_home.post(MAIL_SETTINGS, {REMINDER: "no"}).url == MAIL_SETTINGS
    assert "設定を変更しました" in text(at_home.get(MAIL_SETTINGS))
    assert tell(kind=REMINDER).recipient == ""
    at_home.post(MAIL_SETTINGS, {REMINDER: "yes"})
    assert tell(kind=REMINDER).recipient != ""


def test_a_kind_that_the_page_did_not_have_stays_as_it_is(at_home, member):
    MailPreference.objects.create(patron=member, kind="kana_decided", wanted=False)
    at_home.post(MAIL_SETTINGS, {REMINDER: "yes"})
    assert not MailPreference.objects.get(kind="kana_decided").wanted


def test_where_no_loans_are_known_no_mails_about_them_are_offered(at_home, member, settings):
    choose_contents(patron=member, titles_in_mails=False, days_before_due=5)
    settings.LIBRARY_SYSTEM = "none"
    form = at_home.get(MAIL_SETTINGS).context["form"]
    assert not {"days_before_due", *OF_LENDING} & form.fields.keys()
    at_home.post(MAIL_SETTINGS, {"titles_in_mails": "yes", "alert": "no"})
    chosen = NoticeChoice.objects.get(patron=member)
    assert (chosen.titles_in_mails, chosen.days_before_due) == (True, 5)


def test_titles_in_mails_and_the_days_are_chosen(at_home, member):
    page = text(at_home.get(MAIL_SETTINGS))
    assert '<option value="3" selected>3日前</option>' in page
    assert '<option value="no" selected>書名は書かない</option>' in page
    at_home.post(MAIL_SETTINGS, {"titles_in_mails": "yes", "days_before_due": "7"})
    chosen = NoticeChoice.objects.get(patron=member)
    assert (chosen.titles_in_mails, chosen.days_before_due) == (True, 7)
    at_home.post(MAIL_SETTINGS, {REMINDER: "no"})
    chosen.refresh_from_db()
    assert (chosen.titles_in_mails, chosen.days_before_due) == (True, 7)
    page = text(at_home.get(MAIL_SETTINGS))
    assert '<option value="7" selected>7日前</option>' in page
    assert '<option value="yes" selected>書名を書く</option>' in page


@pytest.mark.parametrize(
    ("name", "choice"),
    [("titles_in_mails", "x"), ("days_before_due", "4"), ("days_before_due", "x")],
)
def test_an_impossible_choice_of_contents_stores_nothing(at_home, member, name, choice):
    choose_contents(patron=member, titles_in_mails=False, days_before_due=5)
    page = at_home.post(MAIL_SETTINGS, {name: choice, REMINDER: "no"})
    assert page.status_code == 422
    assert f'id="id_{name}_error"' in text(page)
    assert NoticeChoice.objects.get(patron=member).days_before_due == 5
    assert not MailPreference.objects.exists()


@pytest.mark.parametrize("choice", ["x", "\0", "True", "はい"])
def test_an_impossible_choice_is_explained_and_nothing_stored(at_home, choice):
    page = at_home.post(MAIL_SETTINGS, {REMINDER: choice})
    assert page.status_code == 422
    assert "<title>エラー：お知らせメールの設定" in text(page)
    assert f'id="id_{REMINDER}_error"' in text(page)
    assert not MailPreference.objects.exists()


@pytest.mark.parametrize("kind", ["security", "password_reset", "staff_reminder", "gossip"])
def test_other_kinds_cannot_be_declined_from_outside(at_home, tell, kind):
    assert at_home.post(MAIL_SETTINGS, {kind: "no"}).status_code == 302
    assert not MailPreference.objects.exists()


def test_nobody_else_s_choices_are_shown_or_changed(at_home, member):
    other = imported_patron()
    MailPreference.objects.create(patron=other, kind=REMINDER, wanted=False)
    chosen = text(at_home.get(MAIL_SETTINGS)).count('<option value="yes" selected>')
    assert chosen == len(OPTIONAL)
    at_home.post(MAIL_SETTINGS, {REMINDER: "yes"})
    assert not MailPreference.objects.get(patron=other).wanted


def test_whoever_has_no_address_is_told_that_no_mail_comes(at_home, member):
    assert "E-mailが登録されていない" not in text(at_home.get(MAIL_SETTINGS))
    Patron.objects.update(email="", email_key="")
    assert "E-mailが登録されていない" in text(at_home.get(MAIL_SETTINGS))


# -- An address that mails do not reach ----------------------------------------------------------


@pytest.mark.parametrize("path", ["", MENU, PROFILE, MESSAGES, PRIVACY, SESSIONS, f"{CARD}print/"])
def test_a_bounced_address_is_shown_wherever_the_next_login_leads(
    client, member, log_in, settings, path
):
    settings.PATRON_CARD_PRINT = True
    Patron.objects.update(bounced_email=member.email)
    page = text(client.get(log_in(client, member.number, next=path).url))
    assert page.count(f"登録のE-mail（{member.email}）にメールが届きませんでした") == 1
    assert f'<a href="{EDIT}">E-mailを直す' in page


def test_on_the_card_it_is_one_line_below_the_barcode(client, member, log_in):
    Patron.objects.update(bounced_email=member.email)
    page = text(client.get(log_in(client, member.number, next=CARD).url))
    above, _, below = page.partition("</section>")
    assert "届きませんでした" not in above
    assert f'メールが届きませんでした。 <a href="{EDIT}">E-mailを直す</a>' in below


def test_whoever_has_to_choose_a_password_hears_of_it_afterwards(client, patron, log_in):
    Patron.objects.update(bounced_email=patron.email)
    page = client.get(log_in(client, patron.number, BIRTH_DATE, next=CARD).url)
    assert "届きませんでした" not in text(page)
    chosen = {"new_password": PASSWORD, "new_password_again": PASSWORD, "next": MESSAGES}
    assert "届きませんでした" in text(client.get(client.post(CHOOSE, chosen).url))


@pytest.mark.parametrize("bounced", ["", "former@example.jp"])
def test_a_good_address_is_not_worried_about(at_home, bounced):
    Patron.objects.update(bounced_email=bounced)
    for path in (MENU, PROFILE, CARD):
        assert "届きませんでした" not in text(at_home.get(path))
