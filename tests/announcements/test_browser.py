"""The banners at every width: readable by machines, inside the window, before everything else."""

import pytest

from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "とても長い説明です。" * 20


def test_banners_are_accessible_and_fit_the_window(page_at_width, live_server, announce):
    announce("registration_stop", sentence=LONG)
    announce("agency_maintenance", begins=3, ends=30)
    announce("library_maintenance")
    for path in ("/", "/registration/", "/mylibrary/login/"):
        page_at_width.goto(live_server.url + path)
        assert page_at_width.get_by_role("region", name="お知らせ").first.is_visible()
        assert_no_sideways_scroll(page_at_width)
        assert_accessible(page_at_width)
