"""Hours, closed days and the emergency banner at every width, on screen and on paper."""

from datetime import timedelta

import pytest
from django.utils import timezone

from announcements import board as announcements
from announcements.models import Announcement
from branches.models import Closure
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "とても長い説明です。" * 20


@pytest.fixture
def storm(on):
    """An emergency now, and a closure with the longest reason."""
    now = timezone.now()
    Announcement.objects.create(
        kind="emergency", sentence=LONG, begins_at=now, ends_at=now + timedelta(hours=3)
    )
    announcements.read()
    Closure.objects.create(
        kind="temporary", first="2026-12-14", last="2026-12-14", reason="台" * 60
    )
    on("2026-12-14")


def test_hours_and_the_emergency_are_accessible_and_fit_the_window(
    page_at_width, live_server, storm
):
    page = page_at_width
    for language in ("ja", "en"):
        for path in ("/", "/counter/"):
            page.goto(f"{live_server.url}{path}?language={language}")
            banner = page.locator("section.emergency")
            assert banner.is_visible()
            name = {"ja": "緊急のお知らせ", "en": "Emergency notice"}[language]
            assert page.get_by_role("region", name=name).count() == 1
            assert banner.bounding_box()["y"] == 0
            assert_no_sideways_scroll(page)
            assert_accessible(page)
        branch = page.locator("details.branch").nth(1)
        assert not branch.locator("dl").is_visible()
        branch.locator("summary").click()
        assert branch.locator("dl").is_visible()
        assert_accessible(page)
    page.emulate_media(media="print")
    assert not banner.is_visible()
