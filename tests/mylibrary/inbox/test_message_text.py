"""A message's text as HTML: nothing of it is markup, and only this site's links are links."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mylibrary.inbox.text import as_html

SITE = "https://library.example"
LINKS = re.compile(r'<a href="([^"]*)">([^<]*)</a>')


@pytest.fixture(autouse=True)
def _site(settings):
    settings.PUBLIC_BASE_URL = SITE


def links(text: str) -> list[str]:
    found = LINKS.findall(as_html(text))
    assert all(href == shown for href, shown in found)
    return [unescape(href) for href, _ in found]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            f"次のページ：{SITE}/registration/review/?key=a-_b&x=1\n",
            "/registration/review/?key=a-_b&x=1",
        ),
        (f"{SITE}", ""),
        (f"（{SITE}/counter/）をご覧ください", "/counter/"),
        (f"{SITE}/counter/。", "/counter/"),
        (f"See {SITE}/counter/.", "/counter/"),
        (f"({SITE}/counter/)", "/counter/"),
        (f"{SITE}/counter/#contactをご覧ください", "/counter/#contact"),
        (f"{SITE}?x", "?x"),
    ],
)
def test_this_site_s_addresses_are_links(text, address):
    assert links(text) == [SITE + address]


@pytest.mark.parametrize(
    "text",
    [
        "https://library.example.evil.example/",
        "https://library.example@evil.example/",
        "https://library.example:8443/",
        "https://user@library.example/",
        "http://library.example/",
        "https://library.exampl/",
        "https://evil.example/?next=https://library.example/",
        "https://evil.example/https://library.example/",
        "javascript:alert(1)//https",
        "HTTPS://LIBRARY.EXAMPLE/",
        "//library.example/",
        "mailto:library@library.example",
    ],
)
def test_no_other_address_is_a_link(text):
    assert links(text) == []
    assert unescape(re.sub("<[^>]*>", "", as_html(text))) == text


def test_several_addresses_and_lines_stay_in_order():
    html = as_html(f"一 {SITE}/a\nhttps://evil.example/ 二\n\n{SITE}/b 三")
    assert html == (
        f'<p>一 <a href="{SITE}/a">{SITE}/a</a><br>https://evil.example/ 二</p>\n\n'
        f'<p><a href="{SITE}/b">{SITE}/b</a> 三</p>'
    )


def test_an_address_in_quotes_does_not_leave_the_attribute():
    html = as_html(f"{SITE}/?a='onclick=x\"onmouseover=y")
    assert LINKS.findall(html) == [(f"{SITE}/?a=&#x27;onclick=x", f"{SITE}/?a=&#x27;onclick=x")]
    assert html.endswith("&quot;onmouseover=y</p>")


PIECES = st.sampled_from(
    [SITE, "/", "<", ">", '"', "'", "&", "&amp;", "<b>", "\n", "\n\n", "\r\n", "あ", "https://x/"]
)


@given(text=st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join))
def test_whatever_is_written_is_shown_and_nothing_of_it_is_markup(text):
    html = as_html(text)
    tags = set(re.findall("<[^>]*>", html)) - {"<p>", "</p>", "<br>", "</a>"}
    assert all(re.fullmatch(rf'<a href="{SITE}[^"<>]*">', tag) for tag in tags), tags
    shown = unescape(re.sub("<[^>]*>", "", html))
    assert re.sub(r"\s+", "", shown) == re.sub(r"\s+", "", text)
