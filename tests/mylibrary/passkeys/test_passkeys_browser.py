"""Passkeys in Chromium with its virtual authenticator (DevTools protocol, domain WebAuthn)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Passkey
from accounts.sessions import SessionStore
from mylibrary import session
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.browser import ENDS
from tests.mylibrary.conftest import CARD, LOGIN, MENU, PASSWORD
from tests.mylibrary.passkeys.passkeys import PASSKEYS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# The device would answer a page that only offers passkeys at once, before a button is pressed.
WITHOUT_AUTOFILL = (
    "if (window.PublicKeyCredential)"
    " PublicKeyCredential.isConditionalMediationAvailable = async () => false"
)


class Device:
    """A device with a screen lock, plugged into a page's browser."""

    def __init__(self, page: Page, **options: object) -> None:
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        self.id = self.send("addVirtualAuthenticator", options=PHONE | options)["authenticatorId"]

    def send(self, command: str, **parameters: object) -> dict:
        return self.devtools.send(f"WebAuthn.{command}", parameters)

    def unlocks(self, unlocks: bool) -> None:
        self.send("setUserVerified", authenticatorId=self.id, isUserVerified=unlocks)

    def credentials(self) -> list[dict]:
        return self.send("getCredentials", authenticatorId=self.id)["credentials"]


@pytest.fixture
def site(live_server, settings) -> str:
    """The address of the live site; passkeys belong to a name, never to an IP address."""
    settings.PUBLIC_BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    return settings.PUBLIC_BASE_URL


@pytest.fixture
def phone(site, open_page, member) -> Callable[[], Page]:
    """Return `phone()`: a page in a browser where 大分 太郎 has logged in with the password."""

    def make(width: int = 1280, **options: object) -> Page:
        page = open_page(width, **options)
        page.add_init_script(WITHOUT_AUTOFILL)
        log_in(page, site, member.number)
        return page

    return make


def log_in(page: Page, site: str, number: str) -> None:
    page.goto(f"{site}{LOGIN}?next={PASSKEYS}")
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(site + PASSKEYS)


def add(page: Page, name: str) -> None:
    page.get_by_label("パスキーの名前").fill(name)
    page.get_by_role("button", name="パスキーを追加する").click()


def look(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def act(page: Page, name: str, what: str) -> None:
    row = page.locator("#passkeys > div").filter(has=page.get_by_text(name, exact=True))
    row.get_by_role("link", name=what).click()


def forgets(page: Page, device: Device) -> None:
    """The browser has told the device which passkeys are left."""
    for _ in range(100):
        if not device.credentials():
            return
        page.wait_for_timeout(50)
    pytest.fail("the device still has the passkey")


def names(page: Page) -> list[str]:
    return page.locator("#passkeys dt").all_inner_texts()


def let_the_proof_lie(page: Page) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    stored = SessionStore(cookies["sessionid"])
    stored[session.AUTHENTICATED_AT] -= session.RECENT.total_seconds() + 1
    stored.save()


@pytest.mark.parametrize("width", ENDS)
def test_a_page_that_lay_open_asks_for_the_password_and_keeps_the_name(phone, width):
    page = phone(width)
    Device(page)
    field = page.get_by_label("パスワード", exact=True)
    expect(field).to_be_hidden()
    let_the_proof_lie(page)
    add(page, "わたしの電話")
    expect(page.get_by_role("alert")).to_contain_text("パスワードを入力してください")
    look(page, "パスキー")
    field.fill("wrong-password")
    page.get_by_role("button", name="パスキーを追加する").click()
    expect(page.get_by_role("alert")).to_contain_text("パスワードが違います")
    field.fill(PASSWORD)
    page.get_by_role("button", name="パスキーを追加する").click()
    page.get_by_text("パスキー「わたしの電話」を追加しました").wait_for()
    let_the_proof_lie(page)
    page.reload()
    expect(field).to_be_visible()
    look(page, "パスキー")


@pytest.mark.parametrize("width", ENDS)
def test_passkeys_from_the_first_to_the_last(site, phone, width):
    page = phone(width)
    device = Device(page)
    look(page, "パスキー")
    add(page, "わたしの電話")
    page.get_by_text("パスキー「わたしの電話」を追加しました").wait_for()
    look(page, "パスキー")
    # The key is on the device already, so a second one of the patron's needs another device.
    add(page, "もう一度")
    expect(page.get_by_role("alert")).to_contain_text("もう追加されています")
    look(page, "パスキー")
    key = Device(page, transport="usb")
    add(page, "鍵")
    page.get_by_text("パスキー「鍵」を追加しました").wait_for()
    assert names(page) == ["わたしの電話", "鍵"]
    act(page, "鍵", "名前を変更する")
    look(page, "パスキーの名前の変更")
    page.get_by_label("パスキーの名前").fill("家の鍵")
    page.get_by_role("button", name="変更する").click()
    page.get_by_text("パスキーの名前を変更しました").wait_for()
    assert names(page) == ["わたしの電話", "家の鍵"]
    act(page, "家の鍵", "削除する")
    look(page, "パスキーの削除")
    page.get_by_role("button", name="削除する").click()
    page.get_by_text("パスキー「家の鍵」を削除しました").wait_for()
    assert names(page) == ["わたしの電話"]
    forgets(page, key)
    key.send("removeVirtualAuthenticator", authenticatorId=key.id)

    page.get_by_role("button", name="ログアウト").click()
    page.goto(f"{site}{LOGIN}?next={CARD}")
    look(page, "認証")
    page.get_by_role("button", name="パスキーでログイン").click()
    page.wait_for_url(site + CARD)
    assert [found["signCount"] for found in device.credentials()] == [
        Passkey.objects.get().sign_count
    ]


def test_device_offers_the_passkey_at_the_number_field(site, phone, open_page):
    page = phone()
    device = Device(page)
    add(page, "わたしの電話")
    page.get_by_text("を追加しました").wait_for()
    (credential,) = device.credentials()

    other = open_page()  # where nobody has switched the offer off
    elsewhere = Device(other)
    elsewhere.send("addCredential", authenticatorId=elsewhere.id, credential=credential)
    other.goto(site + LOGIN)
    other.wait_for_url(site + MENU)


def test_challenge_that_comes_late_is_not_waited_for_at_another_login(site, open_page, member):
    page = open_page()
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => true")
    page.route("**/passkey/options/", lambda route: None)
    with page.expect_request("**/passkey/options/"):
        page.goto(site + LOGIN)
    # Not answered: with the answer, the browser gives up what the page had asked.
    page.route(site + LOGIN, lambda route: None)
    # A challenge's answer would put a session of its own in the place of the login's.
    with page.expect_event("requestfailed", lambda failed: "/passkey/options/" in failed.url):
        page.evaluate("document.querySelector('main form').requestSubmit()")


def test_device_that_is_not_unlocked_changes_nothing(site, phone):
    page = phone(375)
    device = Device(page)
    device.unlocks(False)
    add(page, "わたしの電話")
    expect(page.get_by_role("alert")).to_contain_text("中止したか、時間が過ぎました")
    look(page, "パスキー")
    assert not Passkey.objects.exists()
    device.unlocks(True)
    add(page, "わたしの電話")
    page.get_by_text("を追加しました").wait_for()

    device.unlocks(False)
    page.get_by_role("button", name="ログアウト").click()
    page.goto(site + LOGIN)
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_role("alert")).to_contain_text("中止したか、時間が過ぎました")
    look(page, "認証")
    device.unlocks(True)
    page.get_by_role("button", name="パスキーでログイン").click()
    page.wait_for_url(site + MENU)


def test_passkey_that_is_not_known_any_more_is_refused_calmly(site, phone):
    page = phone()
    Device(page)
    add(page, "わたしの電話")
    page.get_by_text("を追加しました").wait_for()
    Passkey.objects.all().delete()
    page.get_by_role("button", name="ログアウト").click()
    page.goto(site + LOGIN)
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_role("alert")).to_contain_text("このパスキーではログインできませんでした")
    look(page, "認証")


def test_page_that_was_logged_out_meanwhile_asks_for_the_login(site, phone):
    page = phone()
    Device(page)
    page.context.clear_cookies(name="sessionid")
    add(page, "わたしの電話")
    page.wait_for_url(f"{site}{LOGIN}?next={PASSKEYS}")


def test_name_is_asked_for(phone):
    page = phone()
    add(page, "")
    expect(page.get_by_role("alert")).to_contain_text("パスキーの名前を入力してください")
    look(page, "パスキー")


def test_site_that_cannot_be_reached_is_told(phone):
    page = phone()
    page.context.set_offline(True)
    add(page, "わたしの電話")
    expect(page.get_by_role("alert")).to_contain_text("つながりませんでした")


def test_page_under_another_name_says_so(site, phone, settings):
    page = phone()
    Device(page)
    settings.PUBLIC_BASE_URL = "https://library.example.jp"
    add(page, "わたしの電話")
    expect(page.get_by_role("alert")).to_contain_text("図書館のホームページから開き直して")


@pytest.mark.parametrize(
    ("options", "script"),
    [({"java_script_enabled": False}, ""), ({}, "delete window.PublicKeyCredential")],
    ids=["no JavaScript", "no passkeys"],
)
def test_pages_without_passkeys_offer_none(site, open_page, member, options, script):
    page = open_page(375, **options)
    page.add_init_script(script)
    log_in(page, site, member.number)
    look_at = page.locator("main")
    expect(look_at).to_contain_text("この画面では、パスキーを追加できません")
    assert not page.get_by_role("button", name="パスキーを追加する").is_visible()
    page.get_by_role("button", name="ログアウト").click()
    page.goto(site + LOGIN)
    assert page.get_by_role("button", name="ログイン", exact=True).is_visible()
    assert not page.get_by_role("button", name="パスキーでログイン").is_visible()
