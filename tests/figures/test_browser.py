"""The first page in Chromium: at a desk and on a narrow screen, by keyboard, printed."""

import os
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from figures.periods import preset
from figures.services import count_until
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.figures.conftest import noon
from tests.patrons.people import imported_patron
from tests.registration.review.reviews import namesake_case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOWNS = ["44201"] * 30 + ["44202"] * 8 + ["44213"] * 2


@pytest.fixture
def desk(transactional_db) -> None:
    """A month that is over, one that goes on, and a case that waits."""
    last_month = preset("last-month", timezone.localdate())
    for number, town in enumerate(TOWNS):
        imported_patron(
            registered_at=noon(last_month.first + timedelta(days=number % 28)),
            registered_via="counter" if number % 3 else "online",
            municipality_code=town,
            birth_date=f"{1940 + 2 * number}0405",
            namesake_no=number,
        )
    count_until()
    namesake_case()


@pytest.mark.parametrize("width", [1280, 768])
def test_the_first_page_is_read_at_a_desk_and_narrower(site, open_page, desk, width):
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(width, bypass_csp=True)
    staff = User.objects.create_superuser("librarian")
    login = Client()
    login.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": site}])
    page.goto(site + "/admin/")
    expect(page.get_by_role("link", name="登録申請の確認待ち 1件")).to_be_visible()
    assert_no_sideways_scroll(page)
    shot(page, f"{width}-first")
    page.get_by_role("link", name="先月").press("Enter")
    expect(page.get_by_role("heading", name="月ごとの内訳")).to_be_visible()
    page.locator("summary").first.press("Enter")
    expect(page.get_by_role("region", name="新規登録の表")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shot(page, width)
    page.emulate_media(forced_colors="active")
    fills = [
        page.locator(f".chart__bar--{n}").first.evaluate("e => getComputedStyle(e).fill")
        for n in (1, 2)
    ]
    assert fills[0] != fills[1]
    shot(page, f"{width}-forced")
    page.emulate_media(media="print", forced_colors="none")
    # What is folded on the screen is on paper.
    expect(page.get_by_role("region", name="手続きの段階の表")).to_be_visible()
    expect(page.get_by_role("heading", name="すべての画面")).to_be_hidden()
    shot(page, f"{width}-print")


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
