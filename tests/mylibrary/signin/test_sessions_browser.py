"""Before a login's time is over, in a real browser: the warning, other tabs, and leaving."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Session
from tests import browser as chromium
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.browser import ENDS
from tests.mylibrary.conftest import CARD, EDIT, LOGIN, MENU, PASSWORD, PROFILE
from tests.mylibrary.test_browser import log_in, scanned
from tests.registration.support import FORM

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_THE_END = "28:30"
TIMED_OUT = "時間が過ぎたため、ログアウトしました"
ELSEWHERE = "ほかの画面や端末でログアウトしたか"


@pytest.fixture
def open_logged_in(open_page, live_server, member):
    """Return `open_logged_in(path, width)`: a page of 大分 太郎's, on a clock of its own."""

    def make(path, width=1280):
        page = open_page(width)
        page.clock.install()
        log_in(page, live_server, member.number, PASSWORD)
        page.wait_for_url(live_server.url + MENU)
        page.goto(live_server.url + path)
        return page

    return make


def another_tab(page, path):
    tab = page.context.new_page()
    tab.goto(page.url.replace(page.evaluate("location.pathname"), path))
    return tab


def warning(page):
    return page.get_by_role("alertdialog", name="まもなくログアウトします")


def let_the_server_end_it(*, logged_in: timedelta | None = None) -> None:
    """Let the server's time pass as the page's clock does."""
    now = timezone.now()
    if logged_in:
        logged_in_since(now - logged_in)
    else:
        Session.objects.update(last_seen_at=now - timedelta(minutes=31))


def logins():
    """Return the sessions that are a login; the login's page may have left one that is none."""
    return Session.objects.filter(user__isnull=False)


def logged_in_since(moment: datetime) -> None:
    logins().update(logged_in_at=moment)


@pytest.mark.parametrize("width", ENDS)
def test_the_warning_comes_two_minutes_before_and_is_accessible(open_logged_in, width):
    page = open_logged_in(EDIT, width)
    page.clock.fast_forward("27:30")
    page.clock.run_for(2_000)
    expect(warning(page)).to_have_count(0)
    field = page.get_by_label("電話番号")
    field.focus()
    page.clock.fast_forward("01:00")
    warning(page).wait_for()
    assert page.evaluate("document.activeElement.textContent") == "続ける"
    expect(warning(page)).to_have_accessible_description(
        "しばらく操作がないため、あと2分ほどでログアウトします。続けて使うときは【続ける】を押してください。"
    )
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "ログアウト"
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.clock.fast_forward("01:00")
    page.get_by_text("1分以内にログアウトします").wait_for()


@pytest.mark.parametrize("way", ["button", "Enter", "Escape"])
def test_going_on_extends_the_login_and_gives_the_focus_back(open_logged_in, way):
    page = open_logged_in(EDIT)
    Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=28))
    field = page.get_by_label("電話番号")
    field.fill("0975112233")
    page.clock.fast_forward(BEFORE_THE_END)
    warning(page).wait_for()
    with page.expect_response("**/session/extend/"):
        if way == "button":
            page.get_by_role("button", name="続ける").click()
        else:
            page.keyboard.press(way)
    expect(warning(page)).to_have_count(0)
    assert timezone.now() - logins().get().last_seen_at < timedelta(minutes=1)
    assert page.evaluate("document.activeElement.name") == "phone"
    assert field.input_value() == "0975112233"
    page.clock.fast_forward("27:00")
    page.clock.run_for(2_000)
    expect(warning(page)).to_have_count(0)
    page.clock.fast_forward("01:30")
    warning(page).wait_for()


def test_the_warning_can_log_out(open_logged_in):
    page = open_logged_in(PROFILE)
    page.clock.fast_forward(BEFORE_THE_END)
    warning(page).get_by_role("button", name="ログアウト").click()
    page.get_by_role("heading", name="ログアウトしました").wait_for()
    assert not logins().exists()


@pytest.mark.parametrize("path", [PROFILE, CARD])
def test_a_device_that_slept_shows_nothing_personal_any_more(
    open_logged_in, live_server, member, path
):
    page = open_logged_in(f"{path}?refused=x")
    page.get_by_text(member.name).first.wait_for()
    let_the_server_end_it()
    page.clock.fast_forward("08:00:00")
    page.get_by_text(TIMED_OUT).wait_for()
    assert page.evaluate("document.activeElement.id") == "error-summary"
    assert member.name not in page.content()
    assert_accessible(page)
    page.get_by_label("貸出券の番号").fill(member.number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(f"{live_server.url}{path}?refused=x")


def test_nothing_personal_stays_when_the_network_is_gone(open_logged_in, member):
    page = open_logged_in(PROFILE)
    page.get_by_text(member.name).first.wait_for()
    page.context.set_offline(True)
    page.clock.fast_forward("31:00")
    page.wait_for_function("!document.body || !document.body.innerText.includes('大分')")
    assert member.number not in page.content()


def test_going_on_without_network_says_so_and_can_be_tried_again(open_logged_in):
    page = open_logged_in(PROFILE)
    page.clock.fast_forward(BEFORE_THE_END)
    warning(page).wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="続ける").click()
    page.get_by_text("つながりませんでした").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="続ける").click()
    expect(warning(page)).to_have_count(0)


def test_going_on_with_a_login_that_is_over_leads_to_the_login(open_logged_in):
    page = open_logged_in(PROFILE)
    page.clock.fast_forward(BEFORE_THE_END)
    warning(page).wait_for()
    Session.objects.all().delete()
    page.get_by_role("button", name="続ける").click()
    page.get_by_text(ELSEWHERE).wait_for()


def test_the_absolute_end_is_announced_once_and_cannot_be_put_off(
    open_page, live_server, member, settings
):
    page = open_page()
    page.clock.install()
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    logged_in_since(timezone.now() - timedelta(hours=11, minutes=50))
    page.goto(live_server.url + PROFILE)
    page.clock.fast_forward("08:30")
    warning(page).wait_for()
    assert "ログインしてから長い時間がたったため" in warning(page).inner_text()
    page.get_by_role("button", name="閉じる").click()
    page.clock.run_for(3_000)
    expect(warning(page)).to_have_count(0)
    let_the_server_end_it(logged_in=timedelta(hours=12))
    page.clock.fast_forward("02:00")
    page.get_by_text(TIMED_OUT).wait_for()


def test_the_card_stays_readable_and_only_a_line_tells(open_logged_in, member):
    page = open_logged_in(CARD, 375)
    page.clock.fast_forward(BEFORE_THE_END)
    page.get_by_text("あと2分ほどでログアウトします。").wait_for()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement === document.body")
    page.locator("svg:visible").scroll_into_view_if_needed()
    assert scanned(page) == [f"A{member.number}A"]
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    with page.expect_response("**/session/extend/"):
        page.get_by_role("button", name="続ける").click()
    expect(page.get_by_text("ログアウトします")).to_have_count(0)
    expect(page.get_by_role("button", name="続ける")).to_have_count(0)


def test_a_page_opened_in_one_tab_extends_the_others(open_logged_in):
    page = open_logged_in(PROFILE)
    other = another_tab(page, MENU)
    page.clock.fast_forward(BEFORE_THE_END)
    warning(page).wait_for()
    warning(other).wait_for()
    other.goto(other.url)
    expect(warning(page)).to_have_count(0)
    page.clock.fast_forward(BEFORE_THE_END)
    warning(page).wait_for()
    with page.expect_response("**/session/extend/"):
        page.get_by_role("button", name="続ける").click()
    expect(warning(other)).to_have_count(0)


def test_a_logout_in_one_tab_empties_the_others(open_logged_in, member):
    page = open_logged_in(PROFILE)
    other = another_tab(page, MENU)
    other.get_by_role("button", name="ログアウト").click()
    other.get_by_role("heading", name="ログアウトしました").wait_for()
    page.clock.run_for(1_500)
    page.get_by_text(ELSEWHERE).wait_for()
    assert member.name not in page.content()


def test_finishing_on_the_registration_pages_empties_the_others_too(open_logged_in, live_server):
    page = open_logged_in(PROFILE)
    other = another_tab(page, FORM)
    token = page.locator("#logout-form input").input_value()
    other.evaluate(
        "token => { const form = document.createElement('form'); form.method = 'post';"
        " form.action = '/registration/finish/'; form.innerHTML ="
        " `<input name='csrfmiddlewaretoken' value='${token}'>`;"
        " document.body.append(form); form.submit(); }",
        token,
    )
    other.get_by_role("heading", name="終了しました").wait_for()
    page.clock.run_for(1_500)
    page.get_by_text(ELSEWHERE).wait_for()


def test_each_tab_has_its_own_time_where_storage_is_closed(open_page, live_server, member):
    page = open_page()
    page.clock.install()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage',"
        " {get() { throw new DOMException('closed', 'SecurityError'); }});"
    )
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(live_server.url + MENU)
    page.clock.fast_forward(BEFORE_THE_END)
    page.get_by_role("button", name="続ける").click()
    expect(warning(page)).to_have_count(0)
    page.get_by_role("button", name="ログアウト").click()
    page.get_by_role("heading", name="ログアウトしました").wait_for()


def test_without_scripts_the_server_decides(open_page, live_server, member):
    page = open_page(java_script_enabled=False)
    log_in(page, live_server, member.number, PASSWORD)
    page.goto(live_server.url + PROFILE)
    expect(page.get_by_text("まもなくログアウトします")).to_be_hidden()
    let_the_server_end_it()
    page.get_by_role("link", name="利用者カード").click()
    page.get_by_text(TIMED_OUT).wait_for()


def test_a_page_that_the_browser_kept_is_asked_for_again(open_logged_in, member):
    page = open_logged_in(PROFILE)
    Session.objects.all().delete()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.get_by_text(ELSEWHERE).wait_for()
    assert member.name not in page.content()


def test_back_after_a_logout_shows_nothing_in_a_browser_that_keeps_pages(
    browser, live_server, member
):
    keeping = browser.browser_type.launch(
        executable_path=chromium.chromium(),
        args=chromium.CHROMIUM_FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = keeping.new_page(locale="ja-JP")
    page.add_init_script(
        "addEventListener('pageshow', event => { window.wasKept = event.persisted; });"
    )
    log_in(page, live_server, member.number, PASSWORD)
    page.goto(live_server.url + PROFILE)
    page.get_by_role("button", name="ログアウト").click()
    page.get_by_role("heading", name="ログアウトしました").wait_for()
    page.evaluate("history.back()")
    page.wait_for_url("**/mylibrary/login/**")
    assert member.name not in page.content()
    for path in ("/manual/", "/counter/"):
        page.goto(live_server.url + path)
    page.evaluate("history.back()")
    # Without this, the browser keeps no page at all, and nothing was tested.
    page.wait_for_function("() => location.pathname === '/manual/' && window.wasKept")
    keeping.close()


@pytest.mark.parametrize("path", [FORM, LOGIN])
def test_pages_open_to_everybody_with_personal_data_are_asked_for_again_too(
    page, live_server, path
):
    page.goto(f"{live_server.url}{path}#main")
    with page.expect_request(live_server.url + path):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")


def test_the_list_of_devices_is_accessible_and_its_buttons_work(page_at_width, live_server, member):
    page = page_at_width
    log_in(page, live_server, member.number, PASSWORD)
    phone = page.context.browser.new_context(
        locale="ja-JP", user_agent="Mozilla/5.0 (iPhone) Safari/604.1"
    )
    log_in(phone.new_page(), live_server, member.number, PASSWORD)
    phone.close()
    page.get_by_role("link", name="ログイン中の端末").click()
    page.get_by_role("heading", name="iPhoneのSafari").wait_for()
    page.get_by_role("heading", name="この端末").wait_for()
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("ログアウト.*iPhoneのSafari")).click()
    page.get_by_text("選んだ端末をログアウトしました").wait_for()
    assert logins().count() == 1
    page.get_by_role("button", name="すべての端末からログアウト").click()
    page.get_by_role("heading", name="ログアウトしました").wait_for()
    assert not logins().exists()


def test_staff_are_warned_and_logged_out_as_well(open_page, live_server):
    get_user_model().objects.create_superuser("librarian", PASSWORD)
    page = open_page()
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    page.locator("[name=username]").fill("librarian")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[type=submit]").click()
    page.goto(f"{live_server.url}/admin/patrons/patron/")
    page.clock.fast_forward("13:30")
    warning(page).wait_for()
    assert page.evaluate("document.activeElement.textContent") == "続ける"
    page.keyboard.press("Enter")
    expect(warning(page)).to_have_count(0)
    let_the_server_end_it()
    page.clock.fast_forward("31:00")
    page.get_by_text("続けるには、もう一度ログインしてください").wait_for()
    assert page.url.startswith(f"{live_server.url}/admin/login/")
    assert "ended=timed-out" in page.url
