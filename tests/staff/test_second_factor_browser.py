"""2段階認証 in Chromium with its virtual authenticator: a security key, from password to menu."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.accounts.conftest import PASSWORD
from tests.mylibrary.passkeys.test_passkeys_browser import WITHOUT_AUTOFILL, Device

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server, settings) -> str:
    """The address of the live site; passkeys belong to a name, never to an IP address."""
    settings.PUBLIC_BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    settings.SECOND_FACTOR_REQUIRED = True
    return settings.PUBLIC_BASE_URL


def look(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def log_in(page: Page) -> None:
    page.get_by_label("ユーザー名").fill("librarian")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.keyboard.press("Enter")


def leave(page: Page) -> None:
    page.get_by_role("button", name="この端末の利用を終える").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="もう一度ログイン").click()


@pytest.mark.parametrize("width", [1280, 768])
def test_a_security_key_from_the_password_to_the_menu(site, open_page, width, transactional_db):
    get_user_model().objects.create_superuser("librarian", PASSWORD)
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(width, bypass_csp=True)
    page.add_init_script(WITHOUT_AUTOFILL)
    Device(page, transport="usb")
    page.goto(f"{site}/admin/patrons/patron/")
    assert_accessible(page)
    log_in(page)
    look(page, "2段階認証")
    page.get_by_role("link", name="登録する").click()
    look(page, "認証アプリの登録")
    page.go_back()
    page.get_by_role("button", name="パスキーを追加する").click()
    expect(page.locator(".messagelist")).to_contain_text("を追加しました")
    page.get_by_role("button", name="予備コードを作る").click()
    look(page, "予備コード")
    code = page.locator(".factor__codes code").first.inner_text()
    leave(page)
    page.get_by_role("button", name="パスキーでログイン").click()
    page.wait_for_url(f"{site}/admin/")
    leave(page)
    log_in(page)
    look(page, "2段階認証")
    page.get_by_label("6けたの数字、または予備コード").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/admin/")
    page.goto(f"{site}/admin/second-factor/reset/")
    look(page, "2段階認証の解除")
    page.goto(f"{site}/admin/second-factor/")
    look(page, "2段階認証")
