"""Chromium follows the redirects of a POST only to origins that the page lists (form-action)."""

import http.server
import re
import threading

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FORM = "/registration/"
BUTTON = "マイナンバー読込"


class Hop(http.server.BaseHTTPRequestHandler):
    """Sends every browser on to the same path of the identity service."""

    def do_GET(self):
        self.server.seen += 1
        self.send_response(302)
        self.send_header("Location", self.server.service + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def hop(site, settings):
    """An authorization endpoint on an origin of its own, which leads on to the service's."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hop) as server:
        server.service, server.seen = settings.MYNA_ISSUER, 0
        server.origin = f"http://127.0.0.1:{server.server_address[1]}"
        settings.MYNA_AUTHORIZATION_ENDPOINT = settings.MYNA_AUTHORIZATION_ENDPOINT.replace(
            settings.MYNA_ISSUER, server.origin
        )
        settings.MYNA_FORM_ACTION_ORIGINS = [server.origin]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_origin_of_the_chain_is_listed_and_the_browser_arrives(site, hop, settings, page):
    settings.MYNA_FORM_ACTION_ORIGINS += [hop.service]
    page.goto(site + FORM)
    page.get_by_role("button", name=BUTTON).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("マイナンバーカードで本人確認")
    assert page.url.startswith(hop.service)
    assert hop.seen == 1


def test_an_origin_that_is_not_listed_stops_the_browser_at_the_form(site, hop, browser):
    # Not `open_page`: it fails a test in which the policy is violated.
    with browser.new_context(locale="ja-JP") as context:
        page = context.new_page()
        page.goto(site + FORM)
        with page.expect_console_message(lambda line: "form-action" in line.text) as violation:
            page.get_by_role("button", name=BUTTON).click()

        assert re.search(r"violates.+form-action 'self' " + hop.origin, violation.value.text)
        assert page.url == site + FORM
    assert hop.seen == 1
