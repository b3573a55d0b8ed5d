"""What the page does in a browser: keyboard, double press, focus on errors."""

import pytest

pytestmark = [pytest.mark.urls("tests.site.urls"), pytest.mark.django_db(transaction=True)]


def test_first_tab_stop_leads_to_the_content(page, live_server):
    page.goto(f"{live_server.url}/counter/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "本文へ移動"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main, footer') !== null")


def test_enter_presses_the_registering_button(page, live_server):
    page.goto(f"{live_server.url}/specimen/")
    page.get_by_label("電話番号").press("Enter")
    page.wait_for_url("**/specimen/")
    assert page.title().startswith("エラー：")


def test_buttons_keep_the_order_of_the_manual_to_eye_and_keyboard(page_at_width, live_server):
    page_at_width.goto(f"{live_server.url}/specimen/")
    buttons = page_at_width.locator(".btns button")
    assert buttons.all_inner_texts() == ["リセット", "キャンセル", "登録"]
    places = [button.bounding_box() for button in buttons.all()]
    assert places == sorted(places, key=lambda box: (box["y"], box["x"]))


def test_focus_goes_to_the_summary_of_errors(page, live_server):
    page.goto(f"{live_server.url}/specimen/")
    page.locator(".btns .btn--primary").click()
    page.wait_for_function("document.activeElement?.id === 'error-summary'")
    page.get_by_role("link", name="電話番号を入力してください").click()
    assert page.evaluate("document.activeElement.name") == "phone"


def test_second_press_is_not_sent_and_coming_back_allows_another(page, live_server):
    sent = []

    def answer_nothing(route):
        sent.append(route.request.post_data)
        route.fulfill(status=204)  # the browser stays on the page

    page.goto(f"{live_server.url}/specimen/")
    page.route("**/specimen/elsewhere/", answer_nothing)
    cancel = page.get_by_role("button", name="キャンセル")
    for _ in range(2):
        cancel.click()
        page.wait_for_timeout(100)
    assert len(sent) == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    cancel.click()
    page.wait_for_timeout(100)
    assert len(sent) == 2


def test_menu_opens_on_a_phone_without_script(open_page, live_server):
    page = open_page(375, java_script_enabled=False)
    page.goto(f"{live_server.url}/")
    link = page.locator(".nav--sp").get_by_role("link", name="利用案内")
    assert not link.is_visible()
    page.locator("summary").click()
    assert link.is_visible()
