"""No page of another site makes a patron do anything: a POST without the token is refused."""

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.test_public_urls import addresses

PREFIX = "/mylibrary/"
EVERYTHING = sorted(
    address for address in set(addresses(get_resolver().url_patterns)) if address.startswith(PREFIX)
)
# Of the catalogue's pages, which have no token: they ask, unless the browser says that a page of
# ours has sent it (`tests/mylibrary/bookshelf/`, `tests/mylibrary/holding/`).
ASKING = {"/mylibrary/bookshelf/add/", "/mylibrary/holds/basket/add/"}
# Answers only what is read, whoever asks.
READ_ONLY = {405}


@pytest.mark.parametrize("path", [path for path in EVERYTHING if path not in ASKING])
def test_a_post_without_the_token_does_nothing(member, path):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member.user, backend="patrons.backends.PatronBackend")
    answer = browser.post(path, {"password": "x", "email": "a@example.jp", "next": "/"})
    # An id made of "1" names nothing where an address has to be a UUID.
    assert answer.status_code in {403, 404} | READ_ONLY
    assert answer.status_code != 404 or "1" in path


def test_addresses_were_found():
    assert len(EVERYTHING) > 40
