"""The card as a way into My Library, in Chromium, through the simulated identity service."""

import pytest
from playwright.sync_api import expect

from patrons.models import IdentityLink
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import LOGIN, MENU, PASSWORD, PROFILE
from tests.mylibrary.mynumber.cards import (
    ELSEWHERE,
    LOGIN_OFFER,
    NOT_FOUND,
    NUMBER,
    OTHER_ADDRESS,
    RECOVER_OFFER,
    counter_patron,
)
from tests.patrons.people import set_own_password
from tests.registration.browsing import Walk
from tests.registration.support import TYPED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW = "blue-mountain-river"


def look(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def press(page, name):
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def read_card(page, button, card="oita-taro"):
    """Press a button of ours and go through the identity service's pages with a card."""
    press(page, button)
    press(page, "マイナンバーカードで本人確認")
    page.locator(f'input[name="card"][value="{card}"]').check()
    press(page, "この内容で本人確認を完了する")


def test_patron_of_the_counter_recovers_the_number_and_logs_in_with_the_card(site, page_at_width):
    page = page_at_width
    patron = counter_patron(address=OTHER_ADDRESS)
    page.goto(site + LOGIN)
    look(page, "認証")
    page.get_by_role("link", name="パスワードを忘れた方").click()
    look(page, "パスワードを忘れた方")
    read_card(page, "マイナンバーカードで番号を確認する")
    page.wait_for_url(site + RECOVER_OFFER)
    look(page, "マイナンバーカードと貸出券の連携")
    press(page, "連携する")
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "マイナンバーカードと貸出券の連携")
    page.get_by_label("登録した電話番号（半角）").fill("097-534-0001")
    press(page, "連携する")
    page.wait_for_url(site + NUMBER)
    look(page, "利用者番号の確認")
    expect(page.locator(".number strong")).to_have_text(patron.number)
    page.get_by_label("新しいパスワード", exact=True).fill(NEW)
    page.get_by_label("新しいパスワード（確認）").fill(NEW)
    press(page, "変更する")
    page.wait_for_url(site + MENU)
    page.get_by_text("パスワードを変更しました").wait_for()
    page.get_by_role("button", name="ログアウト").click()
    page.goto(f"{site}{LOGIN}?next={PROFILE}")
    read_card(page, "マイナンバーカードでログイン")
    page.wait_for_url(site + PROFILE)
    look(page, "利用者情報")
    expect(page.locator("main")).to_contain_text(patron.number)
    assert IdentityLink.objects.get().patron == patron


def test_cancelling_at_the_identity_service_comes_back_to_the_login(site, page_at_width):
    page = page_at_width
    page.goto(site + LOGIN)
    press(page, "マイナンバーカードでログイン")
    press(page, "本人確認をキャンセルする")
    expect(page.get_by_role("heading", name="本人確認を中止しました")).to_be_visible()
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "認証")


def test_pages_without_a_match_are_accessible_and_fit(site, page_at_width):
    page = page_at_width
    page.goto(site + LOGIN)
    read_card(page, "マイナンバーカードでログイン")
    page.wait_for_url(site + NOT_FOUND)
    look(page, "貸出券が見つかりませんでした")
    page.goto(site + ELSEWHERE)
    look(page, "この画面では連携できません")


def test_logged_in_patron_links_the_own_card_and_no_other(site, page_at_width):
    page = page_at_width
    patron = counter_patron(address="", phone="")
    set_own_password(patron=patron, password=PASSWORD)
    page.goto(f"{site}{LOGIN}?next={PROFILE}")
    page.get_by_label("貸出券の番号").fill(patron.number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    press(page, "ログイン")
    page.wait_for_url(site + PROFILE)
    read_card(page, "マイナンバーカードと連携する", card="beppu")
    look(page, "連携できませんでした")
    page.get_by_role("link", name="戻る").click()
    read_card(page, "マイナンバーカードと連携する")
    page.wait_for_url(site + PROFILE)
    page.get_by_text("マイナンバーカードと連携しました").wait_for()
    look(page, "利用者情報")


def test_double_click_on_the_offer_links_once_and_logs_in(site, page):
    patron = counter_patron()
    page.goto(site + LOGIN)
    read_card(page, "マイナンバーカードでログイン")
    page.wait_for_url(site + LOGIN_OFFER)
    page.locator("main").get_by_role("button", name="連携する", exact=True).dblclick()
    page.wait_for_url(site + MENU)
    look(page, "Myライブラリ")
    assert IdentityLink.objects.get().patron == patron


def test_applicant_known_at_the_counter_sees_the_number_right_after_the_card(site, page_at_width):
    walk = Walk(page_at_width, site, lambda name: None)
    patron = counter_patron()
    walk.open_form()
    read_card(walk.page, "マイナンバー読込")
    walk.page.wait_for_url(site + RECOVER_OFFER)
    look(walk.page, "マイナンバーカードと貸出券の連携")
    expect(walk.page.locator(".number")).to_have_text(patron.number)
    walk.press("連携して、パスワードを決める")
    walk.page.wait_for_url(site + NUMBER)
    walk.press("終了する")
    look(walk.page, "終了しました")
    assert patron.number not in walk.page.content()


def test_whom_the_phone_number_shows_goes_on_from_the_refusal_without_the_card(site, page):
    walk = Walk(page, site, lambda name: None)
    patron = counter_patron(address=OTHER_ADDRESS, phone=TYPED["phone"])
    walk.open_form()
    walk.read_card()
    walk.fill()
    walk.press("登録")
    look(page, "すでに登録されている可能性があります")
    walk.press("マイナンバーカードで番号を確認する")
    page.wait_for_url(site + RECOVER_OFFER)
    assert patron.number not in page.content()
    page.get_by_label("電話番号").fill(TYPED["phone"])
    walk.press("連携して、パスワードを決める")
    page.wait_for_url(site + NUMBER)
    expect(page.locator("main")).to_contain_text(patron.number)
