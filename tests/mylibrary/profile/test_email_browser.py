"""An address confirmed, a change cancelled, two tabs, and a password reset by mail, in Chromium."""

import pytest
from playwright.sync_api import expect

from mylibrary.reset.models import ResetRequest
from mylibrary.reset.services import answer
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import EDIT, LOGIN, MENU, PASSWORD, PROFILE
from tests.mylibrary.mails import DONE, NEW_PASSWORD, SENT, confirmed, link_in, mails
from tests.patrons.people import imported_patron, set_own_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OLD, NEW = "oita@oita.co.jp", "taro@example.jp"
NEW_WORD = "blue-mountain-river"


def look(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def press(page, name):
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def log_in(page, number, password=PASSWORD):
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(password)
    press(page, "ログイン")


@pytest.mark.parametrize("width", [1280, 375])
def test_a_likely_slip_is_mended_by_a_button(open_page, live_server, member, width):
    page = open_page(width)
    page.goto(f"{live_server.url}{LOGIN}?next={EDIT}")
    log_in(page, member.number)
    look(page, "利用者情報変更")
    page.get_by_label("E-mail（半角）").fill("taro@gmial.com")
    press(page, "変更する")
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "利用者情報変更")
    page.get_by_role("link", name="「gmial.com」は").click()
    expect(page.get_by_label("E-mail（半角）")).to_be_focused()
    press(page, "gmail.comに直す")
    page.get_by_text("利用者情報を変更しました").wait_for()
    expect(page.get_by_text("taro@gmail.com").first).to_be_visible()
    look(page, "利用者情報")


def test_address_is_confirmed_changed_and_the_change_cancelled(page_at_width, live_server, member):
    page = page_at_width
    page.goto(f"{live_server.url}{LOGIN}?next={PROFILE}")
    log_in(page, member.number)
    look(page, "利用者情報")
    press(page, "確認メールを送る")
    page.get_by_role("heading", name="E-mailは、確認待ちです").wait_for()
    look(page, "利用者情報")
    page.goto(live_server.url + link_in(mails("email_confirmation")[0]))
    look(page, "E-mailの確認")
    press(page, "確認する")
    page.get_by_text("E-mailを確認しました").wait_for()
    page.goto(live_server.url + EDIT)
    page.get_by_label("E-mail（半角）").fill(NEW)
    press(page, "変更する")
    page.get_by_role("heading", name="E-mailの変更は、確認待ちです").wait_for()
    look(page, "利用者情報")
    first = link_in(mails("email_confirmation")[0])
    page.goto(live_server.url + EDIT)
    look(page, "利用者情報変更")
    press(page, "変更をやめる")
    page.get_by_text("E-mailの変更をやめました").wait_for()
    page.goto(live_server.url + first)
    look(page, "このリンクは使えません")
    page.goto(live_server.url + EDIT)
    page.get_by_label("E-mail（半角）").fill(NEW)
    press(page, "変更する")
    page.get_by_role("button", name="ログアウト").click()
    page.goto(live_server.url + link_in(mails("email_confirmation")[0]))
    look(page, "認証")
    log_in(page, member.number)
    look(page, "E-mailの確認")
    expect(page.locator("main dl")).to_contain_text(OLD)
    press(page, "確認する")
    page.get_by_text("E-mailを変更しました").wait_for()
    member.refresh_from_db()
    assert member.email == member.confirmed_email == NEW


def test_second_tab_sees_what_the_first_one_stored(page_at_width, live_server, member):
    first = page_at_width
    first.goto(f"{live_server.url}{LOGIN}?next={EDIT}")
    log_in(first, member.number)
    first.wait_for_url(live_server.url + EDIT)
    second = first.context.new_page()
    second.goto(live_server.url + EDIT)
    first.get_by_label("電話番号（半角）").fill("0977000001")
    press(first, "変更する")
    first.wait_for_url(live_server.url + PROFILE)
    second.get_by_label("電話番号（半角）").fill("0977000002")
    second.get_by_label("予約連絡方法").select_option(label="電話")
    press(second, "変更する")
    expect(second.locator("#error-summary")).to_be_focused()
    look(second, "利用者情報変更")
    expect(second.locator("#error-summary")).to_contain_text("今の登録：0977000001")
    expect(second.get_by_label("電話番号（半角）")).to_have_value("0977000002")
    press(second, "変更する")
    second.wait_for_url(live_server.url + PROFILE)
    member.refresh_from_db()
    assert (member.phone, member.contact_method) == ("0977000002", "phone")


def test_link_of_another_patron_and_a_dead_one(page_at_width, live_server, member):
    page = page_at_width
    sister = imported_patron(email=OLD)
    set_own_password(patron=sister, password=PASSWORD)
    page.goto(f"{live_server.url}{LOGIN}?next={PROFILE}")
    log_in(page, sister.number)
    press(page, "確認メールを送る")
    page.get_by_role("heading", name="E-mailは、確認待ちです").wait_for()
    page.get_by_role("button", name="ログアウト").click()
    page.goto(f"{live_server.url}{LOGIN}?next={PROFILE}")
    log_in(page, member.number)
    page.wait_for_url(live_server.url + PROFILE)
    page.goto(live_server.url + link_in(mails("email_confirmation")[0]))
    look(page, "別の方のための確認です")


def test_password_is_reset_by_mail(page_at_width, live_server, member):
    page = page_at_width
    confirmed(member)
    page.goto(live_server.url + LOGIN)
    page.get_by_role("link", name="パスワードを忘れた方").click()
    look(page, "パスワードを忘れた方")
    press(page, "メールを送る")
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "パスワードを忘れた方")
    page.get_by_label("貸出券の番号").fill(member.number)
    page.get_by_label("E-mail（半角）").fill(OLD)
    page.get_by_label("E-mail（半角）").press("Enter")
    page.wait_for_url(live_server.url + SENT)
    look(page, "メールをご確認ください")
    assert answer(request_id=ResetRequest.objects.get().pk)
    requested = []
    page.on("request", lambda request: requested.append(request.all_headers().get("referer", "")))
    link = live_server.url + link_in(mails("password_reset")[0])
    page.goto(link)
    # The address bar, and what the page hands on when it loads, no longer have the key.
    page.wait_for_url(live_server.url + NEW_PASSWORD)
    look(page, "新しいパスワードを決める")
    page.get_by_label("新しいパスワード", exact=True).fill("20130720")
    press(page, "変更する")
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "新しいパスワードを決める")
    page.get_by_label("新しいパスワード", exact=True).fill(NEW_WORD)
    page.get_by_label("新しいパスワード（確認）").fill(NEW_WORD)
    press(page, "変更する")
    page.wait_for_url(live_server.url + DONE)
    look(page, "パスワードを変更しました")
    page.locator("main").get_by_role("link", name="ログインする").click()
    log_in(page, member.number, NEW_WORD)
    page.wait_for_url(live_server.url + MENU)
    assert requested
    assert not [referer for referer in requested if "key=" in referer]
    page.goto(link)
    look(page, "このリンクは使えません")
