"""The catalogue's pages in a browser: WCAG 2.2 AA, every width, large text, forced colours."""

import os

import pytest
from django.utils import timezone

from tests.accessibility.axe import (
    assert_accessible,
    assert_accessible_and_fits,
    assert_no_sideways_scroll,
)
from tests.browser import HEIGHTS, WIDTHS
from tests.catalog.shelves import a_record, an_item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(live_server) -> dict[str, str]:
    """Addresses of every kind of page, with records of every kind."""
    neko = a_record(
        "吾輩は猫である",
        title_reading="ワガハイ ワ ネコ デ アル",
        volume="上",
        authors=["夏目漱石/ナツメ ソウセキ", "中村不折/ナカムラ フセツ"],
        publisher="岩波書店",
        series="日本の名作",
        subjects=["小説", "猫", "明治時代"],
        isbns=["9784101010014"],
        ndc="913.6",
        year=1990,
        language="jpn",
        extent="300p ; 19cm",
        description="名前のない猫が、教師の家に集まる人たちを語る。猫の目に人間はおかしな生き物である。",
        at=["main", "compal/on_loan", "tobu", "seibu"],
    )
    an_item(neko, "main", "reference", shelf="2階 郷土資料", call_number="K913/ナ")
    for number in range(24):
        a_record(
            f"猫の本{'とても長い題名を持つ本' * (number % 5)}",
            authors=["夏目漱石"],
            series="日本の名作",
            volume=str(number),
            ndc=f"{number % 10}13",
            year=1980 + number * 2,
            material=["book", "daisy", "ll_book", "large_print"][number % 4],
            language=["jpn", "eng", "kor"][number % 3],
            at=[["main", "compal/on_loan", "main/reference", "tobu"][number % 4]],
        )
    gone = a_record("なくなった本", deleted_at=timezone.now())
    a_record("Norwegian Wood", language="eng", authors=["Murakami, Haruki"])
    return {
        "start": "/catalog/search/",
        "results": "/catalog/search/?q=猫",
        "limited": "/catalog/search/?word1=猫&field1=title&word2=犬&operator2=not&material=book",
        "none": "/catalog/search/?q=吾輩は犬である",
        "misread": "/catalog/search/?q=%26&year_to=x",
        "advanced": "/catalog/advanced/?word1=猫&word2=犬&operator2=not&branch=main",
        "record": f"/catalog/{neko.pk}/",
        "gone": f"/catalog/{gone.pk}/",
        "new": "/catalog/new/",
    }


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_is_accessible_and_fits(open_page, live_server, pages, language):
    page = open_page(locale=language)
    for name, path in pages.items():
        page.goto(live_server.url + path)
        assert page.locator(".btn--primary").count() <= 1, name
        assert_accessible_and_fits(page, WIDTHS)
        if folder := os.environ.get("SCREENSHOTS"):
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
                page.screenshot(path=f"{folder}/{name}-{width}-{language}.png", full_page=True)


@pytest.mark.parametrize("width", [1280, 375])
def test_facets_are_open_on_a_wide_screen_and_folded_on_a_phone(
    open_page, live_server, pages, width
):
    page = open_page(width)
    page.goto(live_server.url + pages["results"])
    facet, summary = page.get_by_role("link", name="DAISY"), page.locator(".facets > summary")
    if width == 1280:
        assert facet.is_visible()
        assert not summary.is_visible()
    else:
        assert not facet.is_visible()
        summary.click()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
    facet.click()
    page.wait_for_url("**material=daisy**")
    assert page.locator(".chips a").count() == 1
    page.locator(".chips a").click()
    page.wait_for_url(lambda url: "material" not in url)


def test_text_twice_as_large_still_fits(open_page, live_server, pages):
    for width in (1280, 375):
        page = open_page(width)
        for path in pages.values():
            page.goto(live_server.url + path)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert_no_sideways_scroll(page)


def test_forced_colours_keep_states_and_fields_apart(open_page, live_server, pages):
    page = open_page(1280, forced_colors="active")
    page.goto(live_server.url + pages["results"])
    edges = page.evaluate(
        "() => [...document.querySelectorAll('main input:not([type=hidden]), main .btn')]"
        ".map(e => parseFloat(getComputedStyle(e).borderTopWidth))"
    )
    assert edges
    assert all(edges)
    colours = page.evaluate(
        "() => ['in', 'out', 'here'].map(state => { const mark = getComputedStyle("
        "document.querySelector('.state--' + state), '::before');"
        " return [mark.borderTopColor, mark.backgroundColor, mark.borderRadius]; })"
    )
    assert len({tuple(colour) for colour in colours}) == 3
    page.goto(live_server.url + pages["advanced"])
    assert_no_sideways_scroll(page)


def test_a_search_goes_from_the_field_to_the_record_by_keyboard(open_page, live_server, pages):
    page = open_page(375)
    page.goto(live_server.url + pages["start"])
    page.locator("#q").fill("吾輩")
    page.keyboard.press("Enter")
    page.wait_for_url("**?q=**")
    page.get_by_role("link", name="吾輩は猫である 上").press("Enter")
    page.wait_for_url("**" + pages["record"])
    assert page.locator("h1").inner_text() == "吾輩は猫である 上"
