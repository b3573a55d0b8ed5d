"""Every list of the admin in Chromium, full of long names: none is wider than its window."""

import os

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from announcements.models import Announcement
from branches.models import Branch, Closure
from catalog.models import Record
from mylibrary.kana.models import KanaRequest
from news.models import News, Recommendation
from notices.models import Notice
from patrons.models import Patron
from tests.accessibility.axe import assert_accessible
from tests.staff.pages import EVERY, LISTS, list_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAME = "コンスタンティノプロス・アレクサンドロス　マリア・エレーナ・テオドラ"
KANA = {
    "last_name_kana": "コンスタンティノプロスアレクサンドロス",
    "first_name_kana": "マリアエレーナテオドラ",
}
TITLE = "特別整理期間にともなう全館休館と移動図書館「ブックン」の運休、返却ポストの利用について" * 2
EMAIL = f"{'very.long.mailbox.' * 3}of-somebody@library-users.city.oita.example.jp"
# The narrowest a name's column may be: of anything less, words fall apart.
NARROWEST = 90
WIDE = """() => {
  const boxes = [document.documentElement, ...document.querySelectorAll('#changelist .results')];
  return boxes.filter((box) => box.scrollWidth > box.clientWidth).length;
}"""
NAMES = "#result_list td:is(.field-person, .field-who, .field-names, .field-kana, .field-name)"
WIDTHS_OF_NAMES = "(cells) => cells.map((cell) => cell.clientWidth)"


@pytest.fixture
def long_rows(rows) -> None:
    """The rows of every list, as long as they may really be."""
    Patron.objects.update(name=NAME, email=EMAIL, **KANA)
    first = Patron.objects.order_by("pk").first()
    Patron.objects.filter(pk=first.pk).update(moved_out_at=first.registered_at)
    KanaRequest.objects.update(**KANA)
    Notice.objects.update(recipient=EMAIL)
    User.objects.filter(is_staff=True).update(name=NAME)
    Announcement.objects.update(sentence=TITLE)
    Closure.objects.update(reason=TITLE[:60])
    Branch.objects.update(name="大分市民図書館 佐賀関・神崎・一尺屋地区公民館図書室")
    News.objects.update(title=TITLE)
    Recommendation.objects.update(title=TITLE)
    Record.objects.update(title=TITLE)


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_no_list_is_wider_than_its_window(site, open_page, long_rows):
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(1280, bypass_csp=True)
    login = Client()
    staff = User.objects.create_superuser("librarian", name=NAME)
    login.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": site}])
    ugly = []
    for listed in LISTS:
        page.goto(site + list_of(listed))
        expect(page.locator("#result_list tbody tr").first).to_be_visible()
        for width in (1280, 768):
            page.set_viewport_size({"width": width, "height": 900})
            shot(page, f"{listed.opts.label_lower}-{width}")
            narrow = page.eval_on_selector_all(NAMES, WIDTHS_OF_NAMES)
            if page.evaluate(WIDE) or min(narrow, default=NARROWEST) < NARROWEST:
                ugly.append((listed.opts.label_lower, width, narrow))
        page.set_viewport_size({"width": 1280, "height": 900})
    assert ugly == []
    patrons = site + list_of(next(each for each in EVERY if each.model is Patron))
    page.goto(f"{patrons}?q=999")
    # As a reader does: nothing is pressed before, and what was looked for is not added to.
    page.keyboard.type("a8000028a")
    expect(page.locator("#searchbar")).to_have_value("a8000028a")
    page.goto(patrons)
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    chosen = page.get_by_role("link", name="対象地域外へ転出")
    expect(chosen).to_be_visible()
    shot(page, "filters")
    assert_accessible(page)
    chosen.press("Enter")
    stop = page.get_by_role("link", name="「転出：対象地域外へ転出」の絞り込みをやめる")
    expect(stop).to_be_visible()
    expect(page.get_by_role("link", name="転出", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    stop.press("Enter")
    expect(stop).to_have_count(0)
