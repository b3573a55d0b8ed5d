"""自分の情報 and 個人情報の消去 in Chromium, from the menu to the last page, and staff's desk."""

import json

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from mylibrary.own_data.models import ErasureRequest
from mylibrary.own_data.services import ask_for_erasure
from notices.services import send
from patrons.models import IdentityLink, Patron
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import ERASE, LOGIN, MENU, PASSWORD, PRIVACY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def look(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def press(page, name):
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def log_in(page, site, number):
    page.goto(site + LOGIN)
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    press(page, "ログイン")
    page.wait_for_url(site + MENU)


def test_from_the_menu_to_the_request_and_back(page_at_width, live_server, member):
    page, site = page_at_width, live_server.url
    for n in range(4):
        send(patron=member, kind="security", subject=f"お知らせ{n}", body="本文です", recipient="")
    log_in(page, site, member.number)
    page.get_by_role("link", name="自分の情報（ダウンロード・消去）").click()
    page.wait_for_url(site + PRIVACY)
    look(page, "自分の情報")
    # More than a few records stay folded until they are asked for.
    expect(page.get_by_text("本文です").first).to_be_hidden()
    page.locator("summary").filter(has_text="お知らせ0").click()
    expect(page.get_by_text("本文です").last).to_be_visible()
    page.get_by_role("link", name="個人情報の消去を申し込む").click()
    look(page, "個人情報の消去")
    press(page, "消去を申し込む")
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "個人情報の消去")
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    press(page, "消去を申し込む")
    page.wait_for_url(site + PRIVACY)
    look(page, "自分の情報")
    expect(page.get_by_text("個人情報の消去を申し込みました")).to_be_visible()
    press(page, "消去の申し込みを取り消す")
    expect(page.get_by_text("取り消しました")).to_be_visible()
    assert ErasureRequest.objects.get().state == "cancelled"


@pytest.mark.parametrize("scripts", [True, False], ids=["JavaScript", "no JavaScript"])
def test_the_file_is_downloaded(open_page, live_server, member, scripts, tmp_path):
    page = open_page(375, java_script_enabled=scripts)
    log_in(page, live_server.url, member.number)
    page.goto(live_server.url + PRIVACY)
    with page.expect_download() as waiting:
        press(page, "ダウンロードする")
    download = waiting.value
    assert download.suggested_filename.startswith("oita-library-my-data-2")
    assert download.suggested_filename.endswith(".json")
    download.save_as(tmp_path / "data.json")
    document = json.loads((tmp_path / "data.json").read_bytes())
    assert document["data"]["registration"]["name"] == "大分　太郎"
    # The page itself stays where it was.
    expect(page.get_by_role("heading", level=1)).to_have_text("自分の情報")


def test_the_card_proves_it_where_there_is_no_recent_login(site, settings, open_page, member):
    page = open_page(375)
    IdentityLink.objects.update(issuer=settings.MYNA_ISSUER, subject="subject-of-taro")
    log_in(page, site, member.number)
    page.goto(site + ERASE)
    press(page, "マイナンバーカードでログイン")
    press(page, "マイナンバーカードで本人確認")
    page.locator("summary").filter(has_text="自由に入力する").click()
    typed = {
        "name": member.name,
        "birthdate": member.birth_date,
        "address": member.address,
        "subject": "subject-of-taro",
    }
    for name, value in typed.items():
        page.locator(f'input[name="{name}"]').fill(value)
    press(page, "この内容で本人確認を完了する")
    page.wait_for_url(site + ERASE)
    look(page, "個人情報の消去")
    press(page, "消去を申し込む")
    page.wait_for_url(site + PRIVACY)
    assert ErasureRequest.objects.get().patron == member


@pytest.mark.parametrize("with_axe", [False, True])
def test_staff_erase_with_the_keyboard_and_the_patron_is_out(
    live_server, open_page, member, with_axe
):
    site = live_server.url
    ask_for_erasure(patron=member)
    patron_page = open_page(375)
    log_in(patron_page, site, member.number)
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(1280, bypass_csp=with_axe)
    staff = get_user_model().objects.create_superuser("librarian", PASSWORD)
    login = Client()
    login.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": site}])
    page.goto(site + "/admin/")
    page.get_by_role("link", name="個人情報の消去の申し込み 1件").click()
    page.locator("#result_list tbody a").click()
    expect(page.get_by_role("button", name="消去する", exact=True)).to_be_visible()
    assert_no_sideways_scroll(page)
    if with_axe:
        assert_accessible(page)
    page.get_by_label("メモ").fill("貸出なし")
    page.get_by_role("button", name="消去する", exact=True).press("Enter")
    expect(page.get_by_text("まだ決定していません")).to_be_visible()
    page.get_by_role("button", name="この内容で決定する").press("Enter")
    expect(page.get_by_text("貸出システムで確かめてから")).to_be_visible()
    if with_axe:
        assert_accessible(page)
    page.get_by_label("返却されていない資料と予約がないことを").press("Space")
    page.get_by_role("button", name="この内容で決定する").press("Enter")
    expect(page.get_by_text("個人情報を消去しました")).to_be_visible()
    assert Patron.objects.get().name == ""
    patron_page.goto(site + PRIVACY)
    expect(patron_page.get_by_role("heading", level=1)).to_have_text("認証")
