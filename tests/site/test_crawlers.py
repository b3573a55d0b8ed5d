"""What search engines are told, and what a search leaves behind: nothing."""

import json
import logging
import re
from html import unescape
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Record
from oita_library.logs import JsonFormatter
from tests.catalog.shelves import a_record

pytestmark = pytest.mark.django_db
BASE = "http://localhost:8000"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SECRET = "ヒミツノホン"


def listed(client, path: str) -> dict[str, str | None]:
    """Return the addresses of a sitemap with their last change."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    return {
        one.findtext(f"{NAMESPACE}loc").removeprefix(BASE): one.findtext(f"{NAMESPACE}lastmod")
        for one in ElementTree.fromstring(answer.content)
    }


def test_the_sitemap_has_every_record_that_is_there_in_parts(client, monkeypatch):
    monkeypatch.setattr("catalog.outward.sitemap.NUMBERS_PER_PART", 10)
    for pk in (3, 9, 10, 25, 26, 57):
        a_record(f"本 {pk}", pk=pk)
    Record.objects.filter(pk__in=[25, 26]).update(deleted_at="2026-01-01T00:00Z")
    Record.objects.filter(pk=57).update(updated_at="2026-04-01T09:00+09:00")
    assert list(listed(client, "/sitemap.xml")) == [
        "/sitemap-pages.xml",
        *(f"/sitemap-records-{part}.xml" for part in (0, 1, 5)),
    ]
    assert list(listed(client, "/sitemap-records-0.xml")) == ["/catalog/3/", "/catalog/9/"]
    assert listed(client, "/sitemap-records-5.xml") == {"/catalog/57/": "2026-04-01T00:00:00Z"}
    for part in (2, 6, 10**18, 10**30):
        assert client.get(f"/sitemap-records-{part}.xml").status_code == 404


def test_the_sitemap_of_an_empty_catalogue_has_the_pages(client):
    assert list(listed(client, "/sitemap.xml")) == ["/sitemap-pages.xml"]
    for path in listed(client, "/sitemap-pages.xml"):
        page = client.get(path)
        assert page.status_code == 200
        assert f'<link rel="canonical" href="{BASE}{path}">' in page.content.decode()
        assert "noindex" not in page.content.decode()


def test_a_record_has_one_address_for_each_language(client):
    record = a_record()
    path = f"/catalog/{record.pk}/"
    for asked, own in ((f"{path}?x=1", path), (f"{path}?language=en", f"{path}?language=en")):
        page = client.get(asked).content.decode()
        assert page.count('rel="canonical"') == 1
        assert f'<link rel="canonical" href="{BASE}{own}">' in page
        assert f'<link rel="alternate" hreflang="x-default" href="{BASE}{path}">' in page
        assert f'<link rel="alternate" hreflang="en" href="{BASE}{path}?language=en">' in page


def test_robots_may_read_records_and_no_search(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    rules = RobotFileParser()
    rules.parse(lines)
    assert rules.site_maps() == [f"{BASE}/sitemap.xml"]
    for path in ("/", "/catalog/1/", "/catalog/new/", "/isbn/1/"):
        assert rules.can_fetch("*", path), path
    # Python's own parser does not know that a question mark ends a path, that $ ends an address,
    # and that the longest rule of those that match wins (RFC 9309, section 2.2.2).
    search = "/catalog/search/"
    for path, wins in (
        (search, ""),
        (f"{search}?q=a", f"Disallow: {search}?"),
        (f"{search}?language=en", f"Allow: {search}?language=en$"),
        (f"{search}?language=en&q=a", f"Disallow: {search}?"),
        (f"{search}?language=eng", f"Disallow: {search}?"),
    ):
        matching = [line for line in lines if line and f"{path}$".startswith(line.split(": ")[1])]
        assert max(matching, key=len, default="") == wins
    for path in (
        *("/catalog/search/?q=a", "/catalog/search.atom?q=a", "/catalog/advanced/?q=a"),
        "/catalog/discover/?q=a",
        *("/sru?query=a", "/oai?verb=Identify", "/mylibrary/", "/mylibrary/login/", "/myna/start/"),
    ):
        assert not rules.can_fetch("*", path), path


def test_a_crawler_that_reads_a_record_is_led_to_no_search(client):
    record = a_record(
        authors=["夏目漱石"], subjects=["猫"], series="名作", ndc="913.6", at=["main", "compal"]
    )
    page = client.get(f"/catalog/{record.pk}/").content.decode()
    anchors = [unescape(one) for one in re.findall(r"<a [^>]*>", page)]
    searches = [one for one in anchors if "/catalog/search/?" in one]
    assert len(searches) == 4
    assert all('rel="nofollow"' in one for one in searches)


def test_a_crawler_that_reads_results_is_led_nowhere(client):
    a_record("猫")
    page = client.get("/catalog/search/?q=猫").content.decode()
    assert '<meta name="robots" content="noindex, nofollow">' in page
    for path in ("/catalog/search.atom?q=猫", "/sru", "/oai?verb=Identify"):
        assert "noindex" in client.get(path)["X-Robots-Tag"]


@pytest.mark.parametrize("logged_in", [False, True])
def test_no_search_is_kept_logged_or_passed_on(client, caplog, logged_in):
    a_record(SECRET, at=["main"])
    if logged_in:
        client.force_login(User.objects.create_user("900001"))
    before = rows()
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    paths = [
        f"/catalog/search/?q={SECRET}",
        f"/catalog/search/?q={SECRET}&page=9",
        f"/catalog/search.atom?q={SECRET}",
        f"/catalog/advanced/?q={SECRET}",
        f"/sru?operation=searchRetrieve&version=1.2&query={SECRET}",
        f"/isbn/{SECRET}/",
    ]
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code in (200, 302, 404)
        assert "Set-Cookie" not in answer
        assert not answer.cookies
        assert answer["Referrer-Policy"] == "same-origin"
        if not path.startswith("/isbn"):
            assert "no-store" in answer["Cache-Control"]
        written = [one["sql"] for one in asked if re.match("INSERT|UPDATE|DELETE", one["sql"])]
        assert written == []
    assert rows() == before
    lines = "\n".join(JsonFormatter().format(one) for one in caplog.records)
    query_free = [line for line in lines.splitlines() if "/isbn/" not in line]
    assert SECRET not in json.dumps(query_free, ensure_ascii=False)


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            counts[name] = cursor.fetchone()[0]
    return counts
