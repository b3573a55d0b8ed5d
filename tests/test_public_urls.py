"""Deny by default: the addresses open to everybody are these, and no others."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = {
    "/",
    "/language/",
    "/manual/",
    "/privacy/",
    "/accessibility/",
    "/counter/",
    "/catalog/search/",
    "/catalog/search.atom",
    "/catalog/advanced/",
    "/catalog/new/",
    "/catalog/rankings/",
    "/catalog/discover/",
    "/catalog/1/",
    "/catalog/1/cover.svg",
    "/news/",
    "/news/1/",
    "/news/1/picture.webp",
    "/catalog/recommended/",
    "/catalog/recommended/1/",
    "/catalog/recommended/1/picture.webp",
    "/isbn/1/",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/sitemap-records-1.xml",
    "/sru",
    "/oai",
    "/registration/",
    "/registration/confirm/",
    "/registration/result/",
    "/registration/review/",
    "/registration/cancel/",
    "/registration/reset/",
    "/registration/finish/",
    "/registration/another/",
    "/myna/start/",
    "/myna/callback/",
    "/myna/jwks.json",
    "/mylibrary/login/",
    "/mylibrary/login/confirm/",
    "/mylibrary/login/confirm/send/",
    "/mylibrary/login/phone/",
    "/mylibrary/login/offer/",
    "/mylibrary/login/not-found/",
    "/mylibrary/login/elsewhere/",
    "/mylibrary/login/passkey/",
    "/mylibrary/login/passkey/options/",
    "/mylibrary/logout/",
    "/mylibrary/calendar/feed.ics",
    "/mylibrary/card/here/end/",
    "/mylibrary/card/worker.js",
    "/mylibrary/password/first/",
    "/mylibrary/password/reset/",
    "/mylibrary/password/reset/offer/",
    "/mylibrary/password/reset/number/",
    "/mylibrary/password/reset/sent/",
    "/mylibrary/password/reset/link/",
    "/mylibrary/password/reset/new/",
    "/mylibrary/password/reset/done/",
    "/admin/login/",
    "/admin/login/passkey/",
    "/admin/login/passkey/options/",
    "/health/live/",
    "/health/ready/",
}
ANY_UUID = "00000000-0000-4000-8000-000000000000"
LOGINS = ("/mylibrary/login/?next=", "/admin/login/?next=")


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Yield an address for every pattern; a parameter becomes a UUID or 1."""
    for pattern in patterns:
        route = str(pattern.pattern).lstrip("^")
        route = re.sub(r"<uuid:\w+>", ANY_UUID, route)
        route = re.sub(r"<[^>]+>|\(\?P<\w+>[^)]*\)", "1", route).replace("\\Z", "").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + route)
        else:
            yield prefix + route


def is_open(address: str) -> bool:
    response = Client().get(address)
    return not (response.status_code == 302 and response.url.startswith(LOGINS))


@pytest.mark.django_db
def test_nothing_but_the_public_pages_is_open_to_everybody():
    everything = set(addresses(get_resolver().url_patterns))
    assert everything >= PUBLIC, PUBLIC - everything
    assert {address for address in everything if is_open(address)} == PUBLIC


@pytest.mark.django_db
def test_patron_opens_no_admin_page():
    client = Client()
    client.force_login(get_user_model().objects.create(username="patron:1"))
    admin = {a for a in addresses(get_resolver().url_patterns) if a.startswith("/admin/")}
    opened = admin - PUBLIC - {"/admin/logout/"}
    answers = {a: client.get(a).status_code for a in opened}
    assert answers
    assert set(answers.values()) == {302}, answers
