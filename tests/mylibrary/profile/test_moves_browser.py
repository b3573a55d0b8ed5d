"""A move in a real browser, from the profile to the card and back, as a person does it."""

import pytest
from playwright.sync_api import Page, expect

from patrons.models import IdentityLink, Patron
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import LOGIN, PASSWORD, PROFILE
from tests.mylibrary.profile.test_moves import (
    IN_BEPPU,
    IN_FUKUOKA,
    MARRIED,
    MOVED,
    SUBJECT,
    TAROS_CARD,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def linked(member, settings, site) -> Patron:
    IdentityLink.objects.update(issuer=settings.MYNA_ISSUER, subject=SUBJECT)
    return member


def look(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def open_profile(page: Page, site: str, number: str) -> None:
    page.goto(f"{site}{LOGIN}?next={PROFILE}")
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(site + PROFILE)


def read_card(page: Page, **card: str) -> None:
    page.get_by_role("button", name="マイナンバーカードで更新する").click()
    page.get_by_role("button", name="マイナンバーカードで本人確認").click()
    page.locator("summary").filter(has_text="自由に入力する").click()
    for name, value in (TAROS_CARD | card).items():
        page.locator(f'input[name="{name}"]').fill(value)
    page.get_by_role("button", name="この内容で本人確認を完了する").click()


def test_moving_and_marrying_at_every_width(page_at_width, site, linked):
    page = page_at_width
    open_profile(page, site, linked.number)
    look(page, "利用者情報")
    read_card(page, **IN_BEPPU, **MARRIED)
    page.wait_for_url(site + MOVED)
    look(page, "郵便番号とカタカナを確かめてください")
    page.get_by_role("link", name="あとで確かめる").click()
    look(page, "利用者情報")
    page.get_by_role("link", name="郵便番号とカタカナを確かめる").click()
    page.get_by_role("button", name="登録", exact=True).click()
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "郵便番号とカタカナを確かめてください")
    page.get_by_label("姓").fill("ゆふ")
    page.get_by_label("郵便番号（半角）").fill("８７４－０９０８")
    page.get_by_label("郵便番号（半角）").press("Enter")
    page.wait_for_url(site + PROFILE)
    look(page, "利用者情報")
    for shown in (MARRIED["name"], IN_BEPPU["address"], "ユフ　タロウ", "8740908"):
        expect(page.locator("dd").get_by_text(shown, exact=True)).to_be_visible()


def test_moving_out_and_a_card_of_somebody_else(page_at_width, site, linked):
    page = page_at_width
    open_profile(page, site, linked.number)
    read_card(page, **IN_FUKUOKA, subject="somebody-else")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.get_by_role("heading", name="別の方のマイナンバーカードです")).to_be_visible()
    look(page, "利用者情報")
    read_card(page, **IN_FUKUOKA)
    expect(page.get_by_role("status")).to_contain_text("貸出券は、今までどおりお使いいただけます")
    look(page, "郵便番号を確かめてください")
    assert Patron.objects.get().moved_out_at is not None


def test_a_move_works_without_javascript(open_page, site, linked):
    page = open_page(375, java_script_enabled=False)
    open_profile(page, site, linked.number)
    read_card(page, **IN_BEPPU)
    page.wait_for_url(site + MOVED)
    page.get_by_label("郵便番号（半角）").fill("8740908")
    page.get_by_role("button", name="登録", exact=True).click()
    page.wait_for_url(site + PROFILE)
    assert Patron.objects.get().postal_code == "8740908"


def test_two_tabs_after_a_move(open_page, site, linked):
    first = open_page(320)
    open_profile(first, site, linked.number)
    read_card(first, **MARRIED)
    first.wait_for_url(site + MOVED)
    tabs = [first.context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(site + MOVED)
    Patron.objects.update(name="別府　太郎")
    stale, late = tabs
    stale.get_by_label("姓").fill("ゆふ")
    stale.get_by_role("button", name="登録", exact=True).click()
    expect(stale.locator("#error-summary")).to_be_focused()
    look(stale, "カタカナを確かめてください")
    expect(stale.get_by_label("姓")).to_have_value("ゆふ")
    stale.get_by_label("姓").fill("べっぷ")
    stale.get_by_role("button", name="登録", exact=True).click()
    stale.wait_for_url(site + PROFILE)
    late.get_by_label("姓").fill("ゆふ")
    late.get_by_role("button", name="登録", exact=True).click()
    look(late, "ほかの画面で登録が済んでいます")
    expect(late.locator("main dl")).to_contain_text("今の登録：ベップ")
    assert Patron.objects.get().last_name_kana == "ベップ"
