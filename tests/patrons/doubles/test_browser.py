"""Staff decide on two patrons in Chromium, with the keyboard at a desk."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from patrons.doubles.models import PossibleDouble
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.patrons.people import imported_patron

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "with_axe"), [(1280, False), (1280, True), (375, True)])
def test_staff_look_at_two_and_decide(site, open_page, width, with_axe):
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(width, bypass_csp=with_axe)
    one, other = imported_patron(), imported_patron(phone="0977000001", namesake_no=1)
    double = PossibleDouble.objects.create(
        first=one,
        second=other,
        strength="possible",
        fields=["name", "kana", "birth_date", "address"],
        look_by=timezone.localdate(),
    )
    login = Client()
    librarian = get_user_model().objects.create_superuser("librarian", "only for this test")
    login.force_login(librarian, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": site}])
    page.goto(site + "/admin/")
    page.get_by_role("link", name="二重登録かもしれない利用者 1組").click()
    page.locator("#result_list tbody th a").click()
    expect(page.get_by_text("1字違い")).to_be_visible()
    assert_no_sideways_scroll(page)
    if with_axe:
        assert_accessible(page)
    page.get_by_label("メモ").fill("窓口で確かめた")
    page.get_by_role("button", name="別人").press("Enter")
    expect(page.get_by_text("この2人は、もう一覧に出ません")).to_be_visible()
    assert_no_sideways_scroll(page)
    if with_axe:
        assert_accessible(page)
    page.get_by_role("button", name="この内容で決定する").press("Enter")
    expect(page.get_by_text("別人と決定しました")).to_be_visible()
    double.refresh_from_db()
    assert double.verdict == "other_person"
