"""The public pages and every component against WCAG 2.2 AA, as far as a machine can tell."""

import pytest
from django.utils import timezone

from news.models import News, Recommendation
from tests.accessibility.axe import assert_accessible_and_fits, assert_no_sideways_scroll
from tests.catalog.shelves import a_record

pytestmark = [pytest.mark.urls("tests.site.urls"), pytest.mark.django_db(transaction=True)]

PAGES = [
    *("/", "/manual/", "/privacy/", "/accessibility/", "/counter/", "/nowhere/"),
    *("/catalog/search/", "/catalog/search/?q=%E7%8C%AB", "/catalog/advanced/", "/catalog/new/"),
    "/catalog/rankings/",
    *("/catalog/discover/", "/catalog/discover/?q=%E7%8C%AB", "/news/", "/catalog/recommended/"),
    *("/mylibrary/login/", "/mylibrary/login/not-found/", "/mylibrary/login/elsewhere/"),
    "/mylibrary/password/first/",
    *("/mylibrary/password/reset/", "/mylibrary/password/reset/?interrupted=cancelled"),
    *("/mylibrary/password/reset/sent/", "/mylibrary/password/reset/done/"),
    "/mylibrary/password/reset/link/?key=over",
    "/specimen/",
]
TEXT_SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
    " word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"
)


def test_pages_are_accessible_and_fit_the_window(page, live_server):
    shown = {"text": "秋の夜に。" * 20, "begins_at": timezone.now()}
    News.objects.create(title="展示を始めました", **shown)
    recommended = Recommendation.objects.create(title="秋の夜長に読む本", **shown)
    recommended.works.create(record=a_record(at=["main"]), sentence="猫が語ります。")
    for path in PAGES:
        page.goto(live_server.url + path)
        assert_accessible_and_fits(page)
    page.locator(".btns .btn--primary").click()
    page.wait_for_selector("#error-summary")
    assert_accessible_and_fits(page)


def test_text_twice_as_large_still_fits(page, live_server):
    for path in ("/", "/specimen/"):
        page.goto(live_server.url + path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_no_sideways_scroll(page)


def test_wider_text_spacing_hides_nothing(open_page, live_server):
    page = open_page(375, bypass_csp=True)
    page.goto(f"{live_server.url}/specimen/")
    page.add_style_tag(content=TEXT_SPACING)
    assert_no_sideways_scroll(page)
    clipped = page.evaluate(
        "() => [...document.querySelectorAll('main .btn, main .row__head, main h2')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    )
    assert not clipped


def test_forced_colours_keep_controls_and_errors_visible(open_page, live_server):
    page = open_page(1280, forced_colors="active")
    page.goto(f"{live_server.url}/specimen/")
    page.locator(".btns .btn--primary").click()
    page.wait_for_selector("#error-summary")
    edges = page.evaluate(
        "() => [...document.querySelectorAll('.row--error .row__body, main .btn, main input')]"
        ".filter(e => e.offsetWidth && e.type !== 'hidden')"
        ".map(e => parseFloat(getComputedStyle(e).borderLeftWidth))"
    )
    assert len(edges) > 5
    assert all(edges)
    # An icon in the page's own dark blue would vanish on a black background.
    icon, text = page.evaluate(
        "() => { const title = document.querySelector('.note--info .note__title');"
        " return [getComputedStyle(title, '::before').backgroundColor,"
        " getComputedStyle(title).color]; }"
    )
    assert icon == text
