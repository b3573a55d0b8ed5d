"""A password at the result, the ways on after a failure, and the kana, in a real browser."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from mylibrary.kana.models import KanaRequest
from patrons.models import Patron
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import BIRTH_DATE, MENU, PASSWORD, PROFILE
from tests.mylibrary.kana.test_kana_admin import LIST, NOTE
from tests.mylibrary.test_browser import log_in
from tests.patrons.people import set_own_password
from tests.registration.support import RESULT, registered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def look(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def give_session(page: Page, client: Client, address: str) -> None:
    """Let a browser be the one that a test client was."""
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


def heading(page: Page):
    return expect(page.get_by_role("heading", level=1))


def test_from_the_result_to_a_password_and_in(page_at_width, live_server, client):
    page, patron = page_at_width, registered(client).patron
    give_session(page, client, live_server.url)
    page.goto(live_server.url + RESULT)
    look(page)
    page.get_by_role("link", name="今すぐパスワードを決める").click()
    heading(page).to_have_text("パスワードを決める")
    look(page)
    page.get_by_label("新しいパスワード", exact=True).fill(BIRTH_DATE)
    page.get_by_label("新しいパスワード（確認）").fill(BIRTH_DATE)
    page.get_by_role("button", name="決める", exact=True).click()
    expect(page.locator("#error-summary")).to_be_focused()
    look(page)
    page.get_by_label("新しいパスワード", exact=True).fill(PASSWORD)
    page.get_by_label("新しいパスワード（確認）").fill(PASSWORD)
    page.get_by_role("button", name="決める", exact=True).click()
    page.wait_for_url(live_server.url + RESULT)
    expect(page.get_by_text("ご自分で決めたパスワードです")).to_be_visible()
    expect(page.get_by_text(f"『{patron.number}』")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Myライブラリログイン").click()
    expect(page.get_by_label("貸出券の番号")).to_have_value(patron.number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(live_server.url + MENU)
    page.goto(live_server.url + "/mylibrary/password/first/")
    page.wait_for_url(live_server.url + "/mylibrary/password/")


def test_too_late_a_choice_is_told_calmly(page_at_width, live_server, client):
    page = page_at_width
    registered(client)
    give_session(page, client, live_server.url)
    page.goto(live_server.url + "/mylibrary/password/first/")
    set_own_password(patron=Patron.objects.get(), password=PASSWORD)
    page.get_by_label("新しいパスワード", exact=True).fill("quite-another-one")
    page.get_by_label("新しいパスワード（確認）").fill("quite-another-one")
    page.get_by_role("button", name="決める", exact=True).click()
    heading(page).to_have_text("パスワードは、すでに決まっています")
    look(page)


def test_a_failure_shows_three_ways_on(page_at_width, live_server, member):
    page = page_at_width
    log_in(page, live_server, member.number, "wrong-password")
    ways = page.locator("main h3")
    expect(ways).to_have_text(["1. マイナンバーカードでログイン", "2. E-mailで再設定", "3. 窓口"])
    expect(page.get_by_role("button", name="マイナンバーカードでログイン")).to_be_visible()
    look(page)


def test_kana_is_asked_for_and_taken_back(page_at_width, live_server, member):
    page = page_at_width
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    page.goto(live_server.url + PROFILE)
    page.get_by_role("link", name="変更を申し込む").click()
    heading(page).to_have_text("名前カタカナの変更")
    look(page)
    page.get_by_role("button", name="申し込む").click()
    expect(page.get_by_text("今と同じカタカナです")).to_be_visible()
    look(page)
    page.get_by_label("名", exact=True).fill("たろー")
    page.get_by_role("button", name="申し込む").click()
    page.wait_for_url(live_server.url + PROFILE)
    expect(page.get_by_role("heading", name="名前カタカナの変更：確認待ち")).to_be_visible()
    look(page)
    page.get_by_role("button", name="申し込みを取り消す").click()
    expect(page.get_by_text("申し込みを取り消しました")).to_be_visible()
    assert KanaRequest.objects.get().state == "cancelled"


@pytest.mark.parametrize("with_axe", [False, True])
def test_staff_decide_with_the_keyboard_at_a_desk(open_page, live_server, at_home, with_axe):
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(1280, bypass_csp=with_axe)
    at_home.post(f"{PROFILE}kana/", {"last_name_kana": "オオイタ", "first_name_kana": "タロー"})
    staff, users = Client(), get_user_model().objects
    librarian = users.create_superuser("librarian", "only for this test")
    staff.force_login(librarian, backend="django.contrib.auth.backends.ModelBackend")
    give_session(page, staff, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.get_by_role("link", name="名前カタカナの変更の確認待ち 1件").click()
    page.wait_for_url(live_server.url + LIST)
    page.locator("#result_list tbody a").click()
    expect(page.locator(".review__differs")).to_contain_text("タロー")
    if with_axe:
        assert_accessible(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    # The patron's page, what is compared, the note: there Enter is a new line.
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_label("メモ")).to_be_focused()
    page.keyboard.type(NOTE)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="変更する")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="決定の確認：変更しない")).to_be_focused()
    expect(page.get_by_text(f"メモ：{NOTE}")).to_be_visible()
    if with_axe:
        assert_accessible(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="この内容で決定する")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("変更しないと決定しました。")).to_be_visible()
    assert KanaRequest.objects.get().state == "declined"
