"""Loans, holds and the basket in a real browser: for everybody, at every width, with the script."""

import pytest

from tests.accessibility.axe import assert_accessible, assert_accessible_and_fits
from tests.catalog.shelves import a_record
from tests.mylibrary.conftest import CARD, LOGIN, MENU, PASSWORD, USAGE
from tests.mylibrary.usage.lent import HISTORY, a_hold, a_loan, come_back

pytestmark = pytest.mark.django_db(transaction=True)
BASKET = "/mylibrary/holds/basket/"


def log_in(page, live_server, member):
    page.goto(live_server.url + LOGIN)
    page.get_by_label("貸出券の番号").fill(member.number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(live_server.url + MENU)


def test_every_page_is_for_everybody(page, live_server, member):
    a_loan(member, "こころ", days_ago=20)
    a_loan(member, "門", days_ago=3)
    waiting = a_hold(member, "草枕")
    come_back(a_hold(member, "三四郎"))
    log_in(page, live_server, member)
    paths = [MENU, USAGE, f"{USAGE}hold/?hold={waiting.pk}", HISTORY, CARD, "/mylibrary/calendar/"]
    for path in paths:
        page.goto(live_server.url + path)
        assert_accessible_and_fits(page)


def test_a_list_fills_the_basket_and_stays(page, live_server, member):
    record = a_record("こころ", at=["main"])
    log_in(page, live_server, member)
    page.goto(f"{live_server.url}/catalog/search/?q=こころ")
    page.get_by_role("button", name="予約かごに入れる こころ").click()
    page.get_by_text("「こころ」を予約かごに入れました。").wait_for()
    page.get_by_role("button", name="予約かごに入っています").wait_for()
    page.goto(live_server.url + BASKET)
    assert_accessible(page)
    page.get_by_role("button", name="1件を予約する").click()
    page.get_by_text("予約しました").wait_for()
    assert member.holds.get().record == record
