"""The simulator's pages in Chromium: accessible, usable by keyboard, each saying 模擬."""

import io
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.demo.simulator.test_simulator import CHALLENGE
from tests.identity import CALLBACK_URL, CLIENT_ID

pytestmark = pytest.mark.browser
PARAMETERS = {
    "response_type": "code",
    "scope": "openid name address birthdate",
    "client_id": CLIENT_ID,
    "redirect_uri": CALLBACK_URL,
    "state": "state",
    "nonce": "nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


class Visitor:
    """Somebody at the service's pages, each of which is looked at when it appears."""

    def __init__(self, page: Page, issuer: str) -> None:
        self.page, self.issuer = page, issuer

    def open(self) -> None:
        self.page.goto(f"{self.issuer}/protocol/openid-connect/auth?{urlencode(PARAMETERS)}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def expect_return(self, answer: str) -> AbstractContextManager[Any]:
        """Wait for the request to the client's callback; nobody listens there in these tests."""
        return self.page.expect_request(
            lambda request: request.url.startswith(f"{CALLBACK_URL}?{answer}=")
        )

    def look(self, heading: str, name: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        if SCREENSHOTS:
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{width}.png", full_page=True)
        assert "模擬" in self.page.locator("header").inner_text()
        assert "模擬" in self.page.title()
        assert_accessible(self.page)
        assert_no_sideways_scroll(self.page)


@pytest.fixture
def visitor(page_at_width, identity_service):
    return Visitor(page_at_width, identity_service.issuer)


def test_every_page_of_the_same_device(visitor):
    visitor.open()
    visitor.look("マイナンバーカードで本人確認", "consent")
    for link, heading in (
        ("マイキープラットフォーム利用規約", "マイキープラットフォーム利用規約"),
        (
            "マイキープラットフォームプライバシーポリシー",
            "マイキープラットフォームプライバシーポリシー",
        ),
    ):
        with visitor.page.expect_popup() as opened:
            visitor.page.get_by_role("link", name=link).click()
        Visitor(opened.value, visitor.issuer).look(heading, "terms")
    visitor.press("マイナンバーカードで本人確認")
    visitor.look("デジタル認証アプリでの本人確認（模擬）", "card")
    visitor.page.get_by_text("自由に入力する・障害を起こす").click()
    visitor.look("デジタル認証アプリでの本人確認（模擬）", "card-open")
    visitor.page.locator("[name=name]").fill("名前だけ")
    visitor.press("この内容で本人確認を完了する")
    visitor.look("デジタル認証アプリでの本人確認（模擬）", "card-problem")
    for path, heading in (("/", "本人確認サービス（模擬）"), ("/nowhere", "見つかりません")):
        visitor.page.goto(visitor.issuer + path)
        visitor.look(heading, "front")
    visitor.page.goto(f"{visitor.issuer}/card?transaction=over")
    visitor.look("続けられません", "over")


def test_every_page_of_the_pcs_way(visitor, identity_service):
    visitor.open()
    visitor.press("マイナンバーカードで本人確認")
    visitor.page.get_by_role("link", name="QRコードと6ケタの数字で進む").click()
    visitor.look("スマートフォンで読み取る（模擬）", "pc")
    link = visitor.page.get_by_role("link", name="スマートフォンの画面を新しいタブで開く（模擬）")
    assert scanned(visitor.page) == [link.get_attribute("href")]
    with visitor.page.expect_popup() as opened:
        link.click()
    phone = Visitor(opened.value, visitor.issuer)
    phone.look("デジタル認証アプリ（模擬）", "phone")
    phone.press("このカードを読み取る")
    phone.look("6ケタの数字（模擬）", "number")
    visitor.press("送信")
    visitor.look("スマートフォンで読み取る（模擬）", "pc-problem")
    expect(visitor.page.get_by_label("6ケタの数字")).to_be_focused()
    phone.press("中止する")
    phone.look("本人確認を中止しました（模擬）", "phone-cancelled")
    with visitor.expect_return("error"):
        visitor.press("送信")


def test_an_expired_code_and_too_many_tries(visitor, identity_service):
    identity_service.configure(qr_seconds=0)
    visitor.open()
    visitor.press("マイナンバーカードで本人確認")
    visitor.page.get_by_role("link", name="QRコードと6ケタの数字で進む").click()
    visitor.look("スマートフォンで読み取る（模擬）", "expired")
    identity_service.configure()
    visitor.press("QRコードを作り直す")
    link = visitor.page.get_by_role("link", name="スマートフォンの画面を新しいタブで開く（模擬）")
    with visitor.page.expect_popup() as opened:
        link.click()
    phone = Visitor(opened.value, visitor.issuer)
    phone.press("このカードを読み取る")
    right = phone.page.locator(".shown").inner_text()
    for _ in range(3):
        visitor.page.get_by_label("6ケタの数字").fill("000000" if right != "000000" else "1")
        visitor.press("送信")
    visitor.look("続けられません（模擬）", "too-many")
    back = visitor.page.get_by_role("link", name="図書館のサイトに戻って、はじめからやり直す")
    with visitor.expect_return("error"):
        back.click()


def test_the_keyboard_is_enough(page, identity_service):
    visitor = Visitor(page, identity_service.issuer)
    visitor.open()
    press_until_focused(page, "マイナンバーカードで本人確認")
    page.keyboard.press("Enter")
    page.wait_for_url("**/card?**")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name === 'card'"):
            break
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=card]:checked").get_attribute("value") == "oita-hanako"
    press_until_focused(page, "この内容で本人確認を完了する")
    with visitor.expect_return("code"):
        page.keyboard.press("Enter")


def press_until_focused(page, name):
    button = page.get_by_role("button", name=name, exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("b => b === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {name}")


def scanned(page):
    picture = page.locator(".qr").screenshot()
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]
