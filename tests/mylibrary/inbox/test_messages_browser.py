"""通知メッセージ一覧 in a real browser: read, put back, decline, with and without JavaScript."""

import pytest
from django.utils import timezone

from mylibrary.inbox.views import PER_PAGE
from mylibrary.security_notices import SecurityChange, tell_of_change
from notices.enums import NoticeKind
from notices.models import MailPreference, Notice
from notices.services import send
from notices.texts import message
from patrons.models import Patron
from tests.accessibility.axe import assert_accessible_and_fits
from tests.mylibrary.conftest import MAIL_SETTINGS, MENU, MESSAGES, PASSWORD, PROFILE
from tests.mylibrary.test_browser import log_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(member, settings, live_server) -> list[Notice]:
    """More messages than one page shows: changes, and one with links, the newest."""
    settings.PUBLIC_BASE_URL = live_server.url
    for what in (list(SecurityChange) * 4)[: PER_PAGE + 5]:
        tell_of_change(patron=member, what=what)
    Notice.objects.update(read_at=timezone.now())
    tell_of_change(patron=member, what=SecurityChange.EMAIL)
    kind = NoticeKind.REVIEW_COUNTER
    text = message("registration/review/mails/to_counter.txt", "ja")._asdict()
    send(patron=member, kind=kind, recipient="", **text)
    return list(Notice.objects.inbox_of(member))


def at_home(page, live_server, member):
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    return page


def address(notice: Notice) -> str:
    return f"{MESSAGES}{notice.public_id}/"


@pytest.mark.parametrize("script", [True, False], ids=["JavaScript", "no JavaScript"])
def test_a_patron_reads_and_puts_back_and_reads_all(open_page, live_server, member, inbox, script):
    page = at_home(open_page(375, java_script_enabled=script), live_server, member)
    main = page.locator("main")
    main.get_by_role("link", name="まだ読んでいないメッセージがあります").click()
    main.get_by_role("link", name=f"【未読】{inbox[0].title}").click()
    page.get_by_role("heading", name=inbox[0].title).wait_for()
    main.get_by_role("link", name=f"{live_server.url}/counter/").wait_for()
    main.get_by_role("link", name="次のメッセージ（古い）").click()
    page.get_by_role("heading", name=inbox[1].title).wait_for()
    page.get_by_role("button", name="未読に戻す").click()
    page.get_by_text(f"全{len(inbox)}件（未読 1件）").wait_for()
    main.get_by_role("link", name=f"次の{PER_PAGE}件（古い）").click()
    page.get_by_text("2／2ページ").wait_for()
    page.get_by_role("button", name="すべて既読にする").click()
    page.get_by_text("1件を既読にしました").wait_for()
    assert page.get_by_role("button", name="すべて既読にする").count() == 0
    assert not Notice.objects.unread().exists()


def test_a_patron_declines_a_mail(page_at_width, live_server, member):
    page = at_home(page_at_width, live_server, member)
    page.goto(live_server.url + PROFILE)
    page.locator("main").get_by_role("link", name="お知らせメールの設定").click()
    page.get_by_label("初回ログインのご案内").select_option("メールは受け取らない")
    page.get_by_role("button", name="変更する").click()
    page.get_by_text("お知らせメールの設定を変更しました").wait_for()
    (choice,) = MailPreference.objects.filter(wanted=False)
    assert choice.kind == NoticeKind.FIRST_LOGIN_REMINDER


def test_pages_are_accessible_and_fit_the_window(page, live_server, member, inbox):
    Patron.objects.update(bounced_email=member.email)
    at_home(page, live_server, member)
    long = send(
        patron=member, kind=NoticeKind.SECURITY, subject="題" * 200, body="W" * 900, recipient=""
    )
    paths = (MENU, PROFILE, MESSAGES, f"{MESSAGES}?page=2", MAIL_SETTINGS)
    for path in (*paths, address(inbox[0]), address(long)):
        page.goto(live_server.url + path)
        assert_accessible_and_fits(page)
    Notice.objects.all().delete()
    page.goto(live_server.url + MESSAGES)
    assert_accessible_and_fits(page)


def test_an_unread_message_is_not_marked_by_weight_alone(open_page, live_server, member, inbox):
    page = at_home(open_page(1280, forced_colors="active"), live_server, member)
    page.goto(live_server.url + MESSAGES)
    links = page.locator(".inbox a").all_inner_texts()
    assert [link.startswith("【未読】") for link in links] == [True] * 2 + [False] * 18
