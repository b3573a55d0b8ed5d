"""The page at the counter in a browser: whatever is pressed, the scanner types into its field."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from circulation.models import Loan
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.catalog.shelves import an_item
from tests.circulation.test_scan_page import PAGE
from tests.staff.test_roles import client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def looked_at(page) -> None:
    for width in (1280, 768):
        page.set_viewport_size({"width": width, "height": 900})
        assert_no_sideways_scroll(page)
        assert_accessible(page)


def test_a_turn_by_keyboard_and_scanner(
    open_page, live_server, record, main, item, patron, hold, other
):
    """Scan a card and two items, one twice; end the turn by Esc; take one back for who waits."""
    page = open_page(1280, bypass_csp=True)
    client = client_of("C")
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(live_server.url + PAGE)
    looked_at(page)
    page.get_by_label("館", exact=True).select_option(str(main.pk))
    page.get_by_role("button", name="この館で受け付ける").click()
    field = page.locator("#number")
    said = page.get_by_role("status")

    def scan(number: str) -> None:
        expect(field).to_be_focused()
        page.keyboard.type(number)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    second = an_item(record)
    scan(f"{patron.number}")
    expect(said).to_contain_text("利用者カードを読み取りました")
    scan(item.number)
    expect(said).to_contain_text("貸し出しました")
    scan(second.number)
    # Elsewhere on the page, the reader still types into the field.
    page.get_by_role("heading", level=1).click()
    scan(second.number)
    expect(said).to_contain_text("貸し出しました")
    looked_at(page)
    page.reload()
    page.go_back()
    page.go_forward()
    assert Loan.objects.count() == 2
    # Enter alone does nothing.
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=patron.number)).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=patron.number)).to_have_count(0)
    hold(other)
    scan(item.number)
    expect(said).to_contain_text("返却しますか")
    looked_at(page)
    Loan.objects.update(lent_at=timezone.now() - timedelta(hours=1))
    scan(item.number)
    expect(said).to_contain_text("予約棚へ")
    looked_at(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="予約棚の用紙を印刷する").click()
    looked_at(opened.value)
    assert opened.value.get_by_role("button", name="印刷する").is_visible()
    opened.value.close()
    page.bring_to_front()
    scan("nothing")
    expect(said).to_contain_text("見つかりません")
    looked_at(page)
