"""The page that asks for digits, and the slip, in a real browser."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from tests.accessibility.axe import assert_accessible, assert_accessible_and_fits
from tests.mylibrary.conftest import BIRTH_DATE, PASSWORD
from tests.mylibrary.first_login.steps import mailed_digits
from tests.mylibrary.test_browser import log_in

pytestmark = pytest.mark.django_db(transaction=True)
CHOOSE_ONE = "新しいパスワードを決めてください"


def test_digits_are_typed_on_a_phone_without_scripts(open_page, live_server, patron):
    page = open_page(375, java_script_enabled=False)
    log_in(page, live_server, patron.number, BIRTH_DATE)
    expect(page.get_by_role("heading", name="ご本人の確認")).to_be_visible()
    page.get_by_label("6ケタの数字").fill("000")
    page.get_by_role("button", name="確かめる", exact=True).click()
    expect(page.locator(".err")).to_contain_text("6ケタの数字を入力してください")
    page.get_by_role("button", name="新しい数字を送る（あと2回）").click()
    page.get_by_label("6ケタの数字").fill(mailed_digits())
    page.get_by_role("button", name="確かめる", exact=True).click()
    expect(page.get_by_role("heading", name=CHOOSE_ONE)).to_be_visible()


def test_page_is_accessible(page, live_server, patron):
    log_in(page, live_server, patron.number, BIRTH_DATE)
    expect(page.get_by_role("heading", name="ご本人の確認")).to_be_visible()
    assert_accessible_and_fits(page)


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_slip_fits_one_sheet(open_page, live_server, patron, paper):
    get_user_model().objects.create_superuser("librarian", PASSWORD)
    page = open_page(1280)
    page.goto(f"{live_server.url}/admin/patrons/patron/{patron.pk}/first-login/")
    page.locator("[name=username]").fill("librarian")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[type=submit]").click()
    page.get_by_role("button", name="発行する").click()
    expect(page.get_by_role("button", name="印刷する")).to_be_visible()
    assert_accessible(page)
    assert page.pdf(format=paper).count(b"/Type /Page\n") == 1
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="印刷する")).to_be_hidden()
    expect(page.locator(".slip__code")).to_be_visible()
