"""利用者カード: what it counts, the card on paper, and the copy a phone keeps."""

import io
import json
import re

import pytest
import zxingcpp
from django.conf import settings as project
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Error as NavigationFailed

from accounts.models import Session
from mylibrary.patron_card import barcode
from notices.enums import NoticeKind
from notices.services import send
from patrons.models import Patron
from patrons.services import register_patron
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.mylibrary.conftest import (
    CARD,
    EDIT,
    ERASE,
    LOGIN,
    MENU,
    MESSAGES,
    PASSWORD,
    PRIVACY,
    PROFILE,
    SESSIONS,
)
from tests.mylibrary.passkeys.passkeys import PASSKEYS
from tests.patrons.people import applicant, residency, set_own_password
from tests.waiting import eventually

PRINT = f"{CARD}print/"
PICTURE = f"{CARD}picture/"
OFFLINE = f"{CARD}offline/"
WORKER = f"{CARD}worker.js"


@pytest.fixture
def printing(settings):
    settings.PATRON_CARD_PRINT = True


@pytest.fixture
def keeping(settings):
    settings.PATRON_CARD_OFFLINE = True


def log_in(page, live_server, number, password=PASSWORD):
    page.goto(live_server.url + LOGIN)
    page.get_by_label("貸出券の番号").fill(number)
    page.get_by_label("パスワード", exact=True).fill(password)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(live_server.url + MENU)


def scanned(page) -> list[str]:
    return decoded(page.screenshot())


def decoded(file: bytes) -> list[str]:
    picture = Image.open(io.BytesIO(file))
    formats = zxingcpp.BarcodeFormat.Codabar
    return [found.text for found in zxingcpp.read_barcodes(picture, formats=formats)]


def test_without_loans_nothing_is_counted(at_home):
    page = at_home.get(CARD).content.decode()
    assert "延滞資料 (0冊)" in page
    assert "利用可能な資料 (0冊)" in page


@pytest.mark.parametrize("path", [PRINT, PICTURE, OFFLINE])
def test_paper_and_copies_have_to_be_switched_on(at_home, path):
    assert at_home.get(path).status_code == 404
    page = at_home.get(CARD)
    for word in ("印刷", "この端末に保存", "manifest", "patron-card-owner"):
        assert word not in page.content.decode()
    assert "worker-src" not in page["Content-Security-Policy"]


@pytest.mark.parametrize("path", [PRINT, PICTURE, OFFLINE])
def test_paper_and_copies_are_the_owners(client, printing, keeping, path):
    assert client.get(path).url.startswith(LOGIN)


@pytest.mark.parametrize("number", ["8000028", "12345678901234", "9" * 20])
def test_the_printed_barcode_fits_the_card_and_keeps_its_proportions(number):
    svg = barcode.paper_svg(number)
    width = float(re.search(r'width="([\d.]+)mm"', svg)[1])
    pixels = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    narrow = min(bar for _, bar in barcode.symbol(number).bars)
    assert width <= barcode.PAPER_WIDTH_MM
    assert width / pixels * narrow == pytest.approx(0.33, abs=0.001) or (
        width / pixels * narrow == pytest.approx(0.25, abs=0.001)
    )


def test_a_number_that_paper_cannot_show_is_told_instead(at_home, printing, member):
    Patron.objects.update(number="K-800002")
    page = at_home.get(PRINT).content.decode()
    assert "この番号は、バーコードで印刷できません" in page
    assert "画像（PNG）" not in page
    assert at_home.get(PICTURE).status_code == 404


def test_the_barcode_can_be_saved_as_a_picture(at_home, printing, member):
    assert f'href="{PICTURE}"' in at_home.get(PRINT).content.decode()
    answer = at_home.get(PICTURE)
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="library-card.png"'
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert decoded(answer.content) == [f"A{member.number}A"]


@pytest.mark.django_db(transaction=True)
def test_the_printed_card_is_read_and_is_as_large_as_a_card(
    open_page, live_server, member, printing
):
    page = open_page(1280, device_scale_factor=3)
    log_in(page, live_server, member.number)
    page.goto(live_server.url + CARD)
    page.get_by_role("link", name="紙に印刷する").click()
    page.get_by_role("button", name="印刷する").wait_for()
    assert_accessible(page)
    page.emulate_media(media="print")
    assert scanned(page) == [f"A{member.number}A"]
    box = page.locator(".paper").bounding_box()
    assert box["width"] == pytest.approx(85.6 / 25.4 * 96, abs=1)
    assert box["height"] == pytest.approx(53.98 / 25.4 * 96, abs=1)
    assert not page.get_by_role("button", name="印刷する").is_visible()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [375, 320])
def test_print_page_fits_a_phone(open_page, live_server, member, printing, width):
    page = open_page(width)
    log_in(page, live_server, member.number)
    page.goto(live_server.url + PRINT)
    assert_no_sideways_scroll(page)


def switch_on(page, live_server):
    page.goto(live_server.url + CARD)
    page.get_by_role("button", name="この端末に保存する").click()
    page.get_by_text("この端末に保存しました").wait_for()
    assert not page.get_by_role("button", name="この端末に保存する").is_visible()


def offline_card(page, live_server) -> str:
    """Return what the browser shows at the card's address without a network."""
    page.context.set_offline(True)
    try:
        page.goto(live_server.url + CARD)
        return page.locator("main").inner_text()
    except NavigationFailed as failure:
        # The second is the worker's own, where it has no copy.
        if not any(f"ERR_{why}" in str(failure) for why in ("INTERNET_DISCONNECTED", "FAILED")):
            raise
        return ""
    finally:
        page.context.set_offline(False)


def kept(page) -> list[str]:
    return page.evaluate("""async () => {
        const found = [];
        for (const name of await caches.keys()) {
            found.push(...await (await caches.open(name)).keys());
        }
        return found.map((request) => request.url);
    }""")


@pytest.mark.django_db(transaction=True)
def test_the_kept_card_is_shown_without_a_network_and_says_so(
    open_page, live_server, member, keeping
):
    page = open_page(375)
    log_in(page, live_server, member.number)
    page.goto(live_server.url + CARD)
    assert kept(page) == []
    assert offline_card(page, live_server) == ""
    switch_on(page, live_server)
    assert_accessible(page)
    pages = [url for url in kept(page) if not url.endswith(".css")]
    assert pages == [live_server.url + OFFLINE]
    page.context.set_offline(True)
    page.goto(live_server.url + CARD)
    shown = page.locator("main").inner_text()
    assert "オフラインです" in shown
    assert re.search(r"最終確認 \d{4}年\d\d月\d\d日 \d{1,2}時\d\d分", shown)
    assert scanned(page) == [f"A{member.number}A"]
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.context.set_offline(False)
    page.goto(live_server.url + CARD)
    assert "オフラインです" not in page.locator("main").inner_text()


def log_out(page, live_server):
    page.get_by_role("button", name="ログアウト").first.click()


def log_out_everywhere(page, live_server):
    page.goto(live_server.url + SESSIONS)
    page.get_by_role("button", name="すべての端末からログアウト").click()


def log_out_in_the_list(page, live_server):
    """As the list's button of another device does that has become this one's own."""
    page.goto(live_server.url + SESSIONS)
    # The login's page may have left a session that is none.
    login = Session.objects.get(user__isnull=False)
    page.evaluate(
        "([address, login]) => { const form = document.getElementById('logout-form');"
        " form.action = address;"
        " form.append(Object.assign(document.createElement('input'),"
        " { name: 'login', value: login })); }",
        [f"{SESSIONS}end/", str(login.login_id)],
    )
    log_out(page, live_server)


def finish(page, live_server):
    """終了する, whose button is on the result of a registration in the same browser."""
    page.evaluate(
        "(address) => document.getElementById('logout-form').action = address",
        reverse("registration:finish"),
    )
    log_out(page, live_server)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False], ids=["header and script", "header"])
@pytest.mark.parametrize("leave", [log_out, log_out_everywhere, log_out_in_the_list, finish])
def test_the_end_of_the_login_erases_the_copy(
    open_page, live_server, member, keeping, scripts, leave
):
    page = open_page(375)
    log_in(page, live_server, member.number)
    switch_on(page, live_server)
    if not scripts:
        page.route("**/card_offline.js", lambda route: route.abort())
    leave(page, live_server)
    page.get_by_role("heading", name=re.compile("ログアウトしました|終了しました")).wait_for()
    eventually(lambda: kept(page) == [])
    assert page.evaluate("localStorage.length") == 0
    assert offline_card(page, live_server) == ""


def test_every_page_of_my_library_says_whose_it_is(at_home, member, keeping):
    notice = send(
        patron=member, kind=NoticeKind.SECURITY, subject="題", body="文", recipient=member.email
    )
    message = reverse("mylibrary:message", args=[notice.public_id])
    for path in (MENU, PROFILE, EDIT, CARD, SESSIONS, PRIVACY, ERASE, MESSAGES, message, PASSKEYS):
        page = at_home.get(path).content.decode()
        assert page.count('<meta name="patron-card-owner"') == 1, path


@pytest.mark.django_db(transaction=True)
def test_a_session_ended_elsewhere_takes_the_copy_with_it(open_page, live_server, member, keeping):
    page = open_page(375)
    log_in(page, live_server, member.number)
    switch_on(page, live_server)
    page.context.clear_cookies()
    page.goto(live_server.url + CARD)
    page.get_by_role("heading", name="認証").wait_for()
    assert kept(page) == []
    log_in(page, live_server, member.number)
    page.goto(live_server.url + CARD)
    page.get_by_role("button", name="保存をやめる").wait_for()
    eventually(lambda: live_server.url + OFFLINE in kept(page))
    assert member.number in offline_card(page, live_server)


@pytest.mark.django_db(transaction=True)
def test_the_next_person_on_the_same_phone_neither_sees_nor_keeps_a_card(
    open_page, live_server, member, keeping
):
    child = register_patron(
        applicant=applicant(subject="subject-2", name="大分　花子", first_name_kana="ハナコ"),
        residency=residency(),
    )
    set_own_password(patron=child, password=PASSWORD)
    page = open_page(375)
    log_in(page, live_server, member.number)
    switch_on(page, live_server)
    page.context.clear_cookies()
    log_in(page, live_server, child.number)
    eventually(lambda: kept(page) == [])
    assert offline_card(page, live_server) == ""
    page.goto(live_server.url + CARD)
    page.get_by_role("button", name="この端末に保存する").wait_for()
    assert kept(page) == []


@pytest.mark.django_db(transaction=True)
def test_the_copy_can_be_given_up(open_page, live_server, member, keeping):
    page = open_page(375)
    log_in(page, live_server, member.number)
    switch_on(page, live_server)
    page.get_by_role("button", name="保存をやめる").click()
    page.get_by_text("この端末から消しました").wait_for()
    assert kept(page) == []
    assert offline_card(page, live_server) == ""


@pytest.mark.django_db(transaction=True)
def test_without_scripts_nothing_is_offered(open_page, live_server, member, keeping):
    page = open_page(375, java_script_enabled=False)
    log_in(page, live_server, member.number)
    page.goto(live_server.url + CARD)
    assert scanned(page) == [f"A{member.number}A"]
    assert not page.get_by_text("この端末に保存する").is_visible()


def test_a_library_that_no_longer_keeps_copies_takes_them_back(client, settings):
    settings.PATRON_CARD_OFFLINE = True
    assert OFFLINE in client.get(WORKER).content.decode()
    settings.PATRON_CARD_OFFLINE = False
    answer = client.get(WORKER)
    assert answer["Content-Type"].startswith("text/javascript")
    assert "unregister" in answer.content.decode()
    assert "fetch" not in answer.content.decode()
    assert "no-cache" in answer["Cache-Control"]


def test_somebody_who_opens_the_copy_with_a_network_gets_the_card(at_home, keeping):
    answer = at_home.get(OFFLINE, headers={"Sec-Fetch-Mode": "navigate"})
    assert answer.url == CARD
    answer = at_home.get(OFFLINE, headers={"Sec-Fetch-Mode": "cors"})
    assert "no-store" in answer["Cache-Control"]
    assert "オフラインです" in answer.content.decode()


def test_the_manifest_installs_the_card_with_its_pictures():
    static = project.BASE_DIR / "static"
    manifest = json.loads((static / "card.webmanifest").read_text(encoding="utf-8"))
    assert manifest["start_url"] == manifest["scope"] == CARD
    for icon in manifest["icons"]:
        with Image.open(static / icon["src"]) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
