"""The journey in Chromium, through the simulated identity service on another origin."""

import re

import pytest
from playwright.sync_api import expect

from patrons.models import Patron
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.registration.browsing import Walk
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walk(site, page):
    return Walk(page, site, lambda name: None)


def test_the_manuals_journey_at_every_width(site, page_at_width):
    page = page_at_width

    def look(name):
        assert_accessible(page)
        assert_no_sideways_scroll(page)

    walk = Walk(page, site, look)
    walk.open_form()
    walk.read_card()
    walk.press("登録")
    expect(page).to_have_title(re.compile("^エラー：利用者情報登録"))
    expect(page.locator("#error-summary")).to_be_focused()
    look("errors")
    walk.fill()
    walk.press("登録")
    page.wait_for_url(site + CONFIRM)
    walk.expect_heading("利用者情報登録確認", "confirm")
    walk.press("登録")
    page.wait_for_url(site + RESULT)
    walk.expect_heading("利用者情報登録結果", "result")
    number = Patron.objects.get().number
    expect(page.get_by_text(f"利用者番号は『{number}』です。")).to_be_visible()


def test_enter_in_a_field_does_what_the_registering_button_does(walk):
    walk.open_form()
    walk.read_card()
    walk.fill()
    walk.page.locator('[name="phone"]').press("Enter")
    walk.page.wait_for_url(walk.site + CONFIRM)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [1280, 375])
def test_questions_are_answered_by_a_button_with_and_without_scripts(
    site, open_page, width, scripts
):
    page = open_page(width, java_script_enabled=scripts)
    walk = Walk(page, site, lambda name: None)
    walk.open_form()
    walk.read_card()
    walk.fill(email="abc@gmial.com", postal_code="8709999")
    walk.press("登録")
    asked = page.locator("#error-summary")
    expect(asked).to_contain_text("入力内容をご確認ください")
    expect(page.locator("#id_email_question")).to_be_visible()
    expect(page.locator("#id_email")).to_have_attribute("aria-describedby", "id_email_question")
    expect(page).to_have_title(re.compile("^利用者情報登録"))
    if scripts:
        expect(asked).to_be_focused()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
    walk.press("gmail.comに直す")
    page.wait_for_url(site + CONFIRM)
    expect(page.get_by_text("abc@gmail.com")).to_be_visible()
    expect(page.get_by_text("8709999")).to_be_visible()
    page.goto(site + FORM)
    walk.fill(email="abc@docomo.co.jp", postal_code="8709999")
    walk.press("登録")
    expect(asked).to_contain_text("E-mailをご確認ください")
    walk.press("このまま進む")
    page.wait_for_url(site + CONFIRM)
    expect(page.get_by_text("abc@docomo.co.jp")).to_be_visible()


def test_typing_before_reading_the_card_and_cancelling_there_loses_nothing(walk):
    walk.open_form()
    walk.fill()
    walk.go_to_the_identity_service()
    walk.page.get_by_role("button", name="本人確認をキャンセルする").click()
    expect(walk.page.get_by_role("heading", name="本人確認を中止しました")).to_be_visible()
    walk.expect_heading("利用者情報登録", "cancelled")
    for name, value in TYPED.items():
        expect(walk.page.locator(f'[name="{name}"]')).to_have_value(value)


def test_back_from_the_result_and_pressing_again_makes_no_second_patron(walk):
    page = walk.page
    walk.open_form()
    walk.read_card()
    walk.fill()
    walk.press("登録")
    page.wait_for_url(walk.site + CONFIRM)
    walk.press("登録")
    page.wait_for_url(walk.site + RESULT)
    shown = page.locator(".number").text_content()
    page.reload()
    assert page.locator(".number").text_content() == shown
    page.go_back()
    page.wait_for_url(walk.site + RESULT)
    assert page.locator(".number").text_content() == shown
    assert Patron.objects.count() == 1


def test_a_second_tab_shows_the_same_result(walk, open_page):
    walk.open_form()
    walk.read_card()
    walk.fill()
    walk.press("登録")
    walk.page.wait_for_url(walk.site + CONFIRM)
    second = walk.page.context.new_page()
    second.goto(walk.site + CONFIRM)
    walk.press("登録")
    walk.page.wait_for_url(walk.site + RESULT)
    second.locator("main").get_by_role("button", name="登録", exact=True).click()
    second.wait_for_url(walk.site + RESULT)
    assert second.locator(".number").text_content() == walk.page.locator(".number").text_content()
    assert Patron.objects.count() == 1


def test_a_child_registers_next_on_the_parents_phone(site, open_page):
    walk = Walk(open_page(375), site, lambda name: None)
    walk.open_form()
    for card, kana in (("oita-taro", "タロウ"), ("beppu", "ハナコ")):
        walk.read_card(card)
        postal_code = "8700000" if card == "oita-taro" else "8740000"
        walk.fill(first_name_kana=kana, postal_code=postal_code)
        walk.press("登録")
        walk.page.wait_for_url(site + CONFIRM)
        walk.press("登録")
        walk.page.wait_for_url(site + RESULT)
        walk.press("続けて別の方を登録する")
        walk.page.wait_for_url(site + FORM)
        expect(walk.page.locator('[name="email"]')).to_have_value("")
    assert Patron.objects.count() == 2


def test_finishing_on_a_shared_computer_leaves_nothing_to_go_back_to(walk):
    page = walk.page
    walk.open_form()
    walk.read_card()
    walk.fill()
    walk.press("登録")
    page.wait_for_url(walk.site + CONFIRM)
    walk.press("登録")
    page.wait_for_url(walk.site + RESULT)
    walk.press("終了する")
    walk.expect_heading("終了しました", "finished")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("利用者情報登録")
    assert Patron.objects.get().number not in page.content()


def test_the_journey_works_without_javascript(site, open_page):
    walk = Walk(open_page(java_script_enabled=False), site, lambda name: None)
    walk.open_form()
    walk.read_card()
    walk.fill()
    walk.press("登録")
    walk.page.wait_for_url(site + CONFIRM)
    walk.press("登録")
    walk.page.wait_for_url(site + RESULT)
    assert Patron.objects.count() == 1


def test_outside_the_area_the_page_is_accessible_and_says_what_to_do(walk):
    walk.open_form()
    walk.read_card("fukuoka")
    expect(walk.page.locator("#error-summary")).to_be_focused()
    expect(walk.page.locator("#error-summary")).to_contain_text("インターネットでは登録できません")
    assert_accessible(walk.page)
    walk.fill()
    walk.press("登録")
    walk.expect_heading("インターネットでは登録できません", "outside")
    assert_accessible(walk.page)


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
def test_a_phone_s_first_screen_holds_the_button_that_reads_the_card(site, open_page, locale):
    page = open_page(375, locale=locale)
    page.goto(site + FORM)
    expect(page.locator('button[value="registration"]')).to_be_in_viewport(ratio=1)
    page.locator('[name="phone"]').press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("マイナンバーカードで本人確認")


@pytest.mark.parametrize("scripts", [True, False])
def test_another_language_keeps_what_was_typed(site, open_page, scripts):
    walk = Walk(open_page(java_script_enabled=scripts), site, lambda name: None)
    page = walk.page
    walk.open_form()
    walk.fill(phone="097")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Register for a library card")
    assert page.url == site + FORM
    expect(page.locator('[name="phone"]')).to_have_value("097")
    expect(page.locator('[name="email"]')).to_have_value(TYPED["email"])
    page.get_by_role("button", name="日本語").click()
    walk.read_card()
    page.locator('[name="phone"]').fill("0971")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Your identity has been confirmed")).to_be_visible()
    expect(page.locator('[name="phone"]')).to_have_value("0971")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Register for a library card")
