"""Whatever is answered, and whoever answers, tells the browser what it may not do."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from playwright.sync_api import expect

from oita_library.middleware import OWN
from tests.test_public_urls import addresses

pytestmark = pytest.mark.urls("tests.site.urls")
SECURE = {"x-forwarded-proto": "https"}
HSTS = "max-age=31536000; includeSubDomains; preload"
EXPECTED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": HSTS,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def lacks(response) -> list[str]:
    """Return what is missing or different in a response's headers."""
    wrong = [name for name, value in EXPECTED.items() if response.headers.get(name) != value]
    # Addresses with a secret in them are told to nobody at all.
    if response.headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        wrong.append("Referrer-Policy")
    if "default-src 'none'" not in response.headers.get("Content-Security-Policy", ""):
        wrong.append("Content-Security-Policy")
    if "camera=()" not in response.headers.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    return wrong


@pytest.fixture(autouse=True)
def https(settings, tmp_path):
    """The headers of production, and one collected static file."""
    settings.TRUSTED_PROXY_CIDRS = ["127.0.0.1/32"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.css").write_text("body {}")


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False, headers=SECURE)


@pytest.fixture
def get(visitor):
    return visitor.get


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "staff"])
def test_every_address_has_them(get, visitor, admin_user, who):
    if who == "staff":
        visitor.force_login(admin_user)
    everywhere = set(addresses(get_resolver().url_patterns))
    found = {address: lacks(get(address)) for address in everywhere}
    assert len(found) > 100
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.django_db  # closing a file's response ends a request
def test_static_files_have_them_and_what_says_that_nothing_changed(get):
    whole = get("/static/site.css")
    again = get("/static/site.css", headers={"if-modified-since": whole["Last-Modified"]})
    part = get("/static/site.css", headers={"range": "bytes=0-1"})
    missing = get("/static/nothing.css")
    assert [r.status_code for r in (whole, again, part, missing)] == [200, 304, 206, 404]
    assert [lacks(response) for response in (whole, again, part, missing)] == [[]] * 4
    assert "Access-Control-Allow-Origin" not in whole
    for response in (whole, again, part):
        response.close()


@pytest.mark.parametrize(
    ("address", "status", "options"),
    [
        ("/nowhere/", 404, {}),
        ("/registration", 301, {}),
        ("/broken/", 500, {}),
        ("/refused/", 403, {}),
        ("/button-only/", 405, {}),
        ("/", 400, {"headers": SECURE | {"host": "elsewhere.example"}}),
        ("/", 301, {"headers": {"x-forwarded-proto": "http"}}),
        ("/", 400, {"headers": {"host": "elsewhere.example", "x-forwarded-proto": "http"}}),
    ],
)
def test_errors_and_redirects_have_them(get, address, status, options):
    response = get(address, **options)
    assert (response.status_code, lacks(response)) == (status, [])


@pytest.mark.django_db
def test_an_outage_has_them(get):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'notices'")
    answers = [get("/database-down/pooled/"), get("/health/ready/")]
    assert [(r.status_code, lacks(r)) for r in answers] == [(503, [])] * 2


@pytest.mark.django_db
def test_refused_forms_have_them(get, visitor):
    too_large = visitor.post("/read-post/", {"name": "あ" * 300_000})
    too_much = visitor.post(
        "/mylibrary/login/passkey/", b" " * 40_000, content_type="application/json"
    )
    without_token = Client(enforce_csrf_checks=True, headers=SECURE).post("/read-post/")
    answers = (too_large, too_much, without_token)
    assert [(r.status_code, lacks(r)) for r in answers] == [(400, []), (413, []), (403, [])]


@pytest.mark.browser
def test_the_browser_knows_every_name_of_the_policy_and_grants_what_pages_use(page, live_server):
    said = []
    page.on("console", lambda line: said.append(line.text))
    page.goto(live_server.url)
    expect(page.locator("h1")).to_be_visible()
    granted = page.evaluate("document.featurePolicy.allowedFeatures()")
    assert [line for line in said if "Permissions-Policy" in line] == []
    assert set(OWN) <= set(granted)
    assert not {"camera", "geolocation", "clipboard-write", "payment"} & set(granted)
