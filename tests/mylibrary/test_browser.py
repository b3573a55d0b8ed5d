"""My Library in a real browser: login to card as a person does it, and the barcode as scanned."""

import io
import re
from itertools import groupby

import pytest
import zxingcpp
from PIL import Image

from patrons.models import Patron
from tests.accessibility.axe import (
    assert_accessible,
    assert_accessible_and_fits,
    assert_no_sideways_scroll,
)
from tests.browser import WIDTHS
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, EDIT, LOGIN, MENU, PASSWORD, PROFILE

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(page, live_server, number, password):
    page.goto(live_server.url + LOGIN)
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(password)
    page.get_by_role("button", name="ログイン", exact=True).click()


def scanned(page) -> list[str]:
    picture = Image.open(io.BytesIO(page.screenshot()))
    formats = zxingcpp.BarcodeFormat.Codabar
    return [found.text for found in zxingcpp.read_barcodes(picture, formats=formats)]


def show_card(page, live_server, member):
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    page.goto(live_server.url + CARD)
    page.locator("svg:visible").scroll_into_view_if_needed()


def test_first_login_to_the_card(page_at_width, live_server, patron):
    page = page_at_width
    log_in(page, live_server, patron.number, BIRTH_DATE)
    page.get_by_role("heading", name="新しいパスワードを決めてください").wait_for()
    page.get_by_label("新しいパスワード", exact=True).fill(PASSWORD)
    page.get_by_label("新しいパスワード（確認）").fill(PASSWORD)
    page.get_by_role("button", name="変更する").click()
    page.get_by_text("パスワードを変更しました").wait_for()
    page.locator("main").get_by_role("link", name="利用者情報", exact=True).click()
    page.locator("main").get_by_role("link", name="利用者カード").click()
    page.get_by_role("img", name=f"貸出券の番号 {patron.number} のバーコード").wait_for()
    page.get_by_role("link", name="戻る").click()
    page.wait_for_url(live_server.url + PROFILE)
    page.get_by_role("button", name="ログアウト").click()
    page.get_by_role("heading", name="ログアウトしました").wait_for()


@pytest.mark.parametrize("page_at_width", WIDTHS, indirect=True)
def test_barcode_is_read_from_the_screen(page_at_width, live_server, member):
    show_card(page_at_width, live_server, member)
    assert scanned(page_at_width) == [f"A{member.number}A"]


def painted(page) -> list[int]:
    """Return how many pixels are white, black, white … across the middle of the barcode."""
    picture = Image.open(io.BytesIO(page.locator("svg:visible").screenshot())).convert("L")
    row = [picture.getpixel((x, picture.height // 2)) for x in range(picture.width)]
    assert set(row) == {0, 255}
    return [len(list(pixels)) for _, pixels in groupby(row)]


@pytest.mark.parametrize("page_at_width", WIDTHS, indirect=True)
def test_the_bars_are_whole_pixels_as_wide_as_the_screen_allows(page_at_width, live_server, member):
    show_card(page_at_width, live_server, member)
    quiet, *elements, last = painted(page_at_width)
    large = page_at_width.viewport_size["width"] >= 360
    assert {quiet, last} == ({30} if large else {20})
    assert set(elements) == ({3, 7} if large else {2, 5})


def test_at_360_pixels_the_large_barcode_has_room(open_page, live_server, member):
    page = open_page(360)
    show_card(page, live_server, member)
    assert set(painted(page)[1:-1]) == {3, 7}
    assert scanned(page) == [f"A{member.number}A"]
    assert_no_sideways_scroll(page)


@pytest.mark.parametrize(
    "options",
    [
        {"forced_colors": "active", "color_scheme": "dark"},
        {"device_scale_factor": 3, "is_mobile": True},
        {"java_script_enabled": False},
        {"viewport": {"width": 667, "height": 375}},
    ],
    ids=["forced colours", "phone", "no JavaScript", "landscape"],
)
def test_barcode_is_read_in_every_mode(open_page, live_server, member, options):
    page = open_page(375, **options)
    show_card(page, live_server, member)
    assert scanned(page) == [f"A{member.number}A"]


@pytest.mark.parametrize("number", ["12345678901234567890", "1-2$3:4/5.6+7"])
def test_imported_numbers_of_other_forms_are_read_too(open_page, live_server, member, number):
    Patron.objects.update(number=number)
    member.refresh_from_db()
    page = open_page(320, device_scale_factor=2)
    show_card(page, live_server, member)
    assert scanned(page) == [f"A{number}A"]


def test_pages_are_accessible_and_fit_the_window(page, live_server, member):
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    for path in (MENU, PROFILE, EDIT, CARD, CHOOSE):
        page.goto(live_server.url + path)
        assert_accessible_and_fits(page)


def test_failed_login_is_accessible_and_focused(page_at_width, live_server, member):
    log_in(page_at_width, live_server, member.number, "wrong-password")
    page_at_width.get_by_text("ログインできませんでした").wait_for()
    assert page_at_width.evaluate("document.activeElement.id") == "error-summary"
    assert page_at_width.get_by_label("貸出券の番号").input_value() == member.number
    assert page_at_width.get_by_label("パスワード", exact=True).input_value() == ""
    assert_no_sideways_scroll(page_at_width)
    assert_accessible(page_at_width)


def test_password_can_be_shown_and_is_sent_hidden(page, live_server, member):
    page.goto(live_server.url + LOGIN)
    field = page.get_by_label("パスワード", exact=True)
    field.fill(PASSWORD)
    page.get_by_role("button", name="パスワードを表示する").click()
    assert field.get_attribute("type") == "text"
    page.get_by_role("button", name="パスワードを隠す").click()
    assert field.get_attribute("type") == "password"
    page.get_by_label("貸出券の番号").fill(member.number)
    field.press("Enter")
    page.wait_for_url(live_server.url + MENU)


def test_card_keeps_the_time_and_the_screen_on(open_page, live_server, member):
    page = open_page(375)
    page.add_init_script(
        "window.locks = [];"
        "Object.defineProperty(navigator, 'wakeLock',"
        " {value: {request: async (kind) => { window.locks.push(kind); }}});"
    )
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    page.clock.install()
    page.goto(live_server.url + CARD)
    clock = page.locator("#card-time")
    before = clock.inner_text()
    assert re.fullmatch(r"\d{4}年\d\d月\d\d日 \d{1,2}時\d\d分", before)
    assert page.evaluate("window.locks") == ["screen"]
    page.clock.run_for(61_000)
    after = clock.inner_text()
    assert after != before
    assert re.fullmatch(r"\d{4}年\d\d月\d\d日 \d{1,2}時\d\d分", after)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.locks") == ["screen", "screen"]
