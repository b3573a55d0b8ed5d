"""In which language a page is, and how that is chosen."""

import re

import pytest
from django.conf import settings as project
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from patrons.models import EMPTIED_BY_ERASURE, Patron
from patrons.services import choose_language
from tests.mylibrary.conftest import LOGIN, MENU, PASSWORD
from tests.patrons.people import imported_patron, set_own_password

PUBLIC = ("/", "/manual/", "/privacy/", "/accessibility/", "/counter/")
COOKIE = project.LANGUAGE_COOKIE_NAME
ENGLISH = {"headers": {"accept-language": "en-GB,en;q=0.9"}}


def title(response) -> str:
    return response.content.decode().partition("<title>")[2].partition("</title>")[0]


def language(response) -> str:
    return response.content.decode().partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("header", "spoken"),
    [("", "ja"), ("en", "en"), ("fr,en;q=0.5", "en"), ("fr", "ja"), ("ja,en;q=0.9", "ja")],
)
def test_the_first_page_is_in_the_browser_s_language(client, header, spoken):
    page = client.get("/", headers={"accept-language": header})
    assert language(page) == page["Content-Language"] == spoken
    assert "Accept-Language" in page["Vary"]
    assert "Cookie" in page["Vary"]


def test_a_choice_is_kept_and_leads_back(client):
    answer = client.post("/language/", {"language": "en", "next": "/manual/?a=b"})
    assert answer.url == "/manual/?a=b"
    assert language(client.get("/manual/", headers={"accept-language": "ja"})) == "en"
    client.post("/language/", {"language": "ja"})
    assert language(client.get("/manual/", **ENGLISH)) == "ja"


@pytest.mark.parametrize("asked", ["fr", "", "xx", "../en", "日本語"])
def test_a_language_that_is_not_spoken_changes_nothing(client, asked):
    assert client.post("/language/", {"language": asked}).status_code == 302
    assert language(client.get(f"/?language={asked}")) == "ja"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_the_way_back_stays_on_the_site(client, elsewhere):
    assert client.post("/language/", {"language": "en", "next": elsewhere}).url == "/"


def test_an_address_can_name_its_language(client):
    page = client.get("/privacy/?language=en")
    assert language(page) == "en"
    assert '<link rel="alternate" hreflang="en"' in page.content.decode()


@pytest.mark.parametrize("address", PUBLIC)
def test_search_engines_are_told_each_language_of_a_public_page(client, address):
    page = client.get(address, **ENGLISH).content.decode()
    for code, _ in project.LANGUAGES:
        href = f"{project.PUBLIC_BASE_URL}{address}?language={code}"
        assert page.count(f'<link rel="alternate" hreflang="{code}" href="{href}">') == 1
        assert language(client.get(f"{address}?language={code}")) == code
    assert "hreflang" not in client.get(LOGIN).content.decode()


def test_a_choice_replaces_the_one_that_an_address_names(client):
    came_from = {"referer": "http://testserver/privacy/?a=b&language=en"}
    answer = client.post("/language/", {"language": "ja"}, headers=came_from)
    assert answer.url == "/privacy/?a=b"
    assert language(client.get(answer.url, **ENGLISH)) == "ja"


@pytest.mark.parametrize(
    "header", ["*", "en;q=x", "\x00", "," * 5000, "en-" + "x" * 9000, "日本語", "../../etc"]
)
def test_a_header_that_means_nothing_gives_a_page(client, header):
    assert client.get("/", headers={"accept-language": header}).status_code == 200


@pytest.mark.parametrize("cookie", ["", "xx", "../en", "en\x00", "\xe6\x97", "en" * 3000])
def test_a_cookie_that_means_nothing_is_as_none(client, cookie):
    client.cookies[COOKIE] = cookie
    assert language(client.get("/", **ENGLISH)) == "en"


def test_a_query_with_too_many_parts_is_no_matter_of_the_language(client):
    query = "&".join(f"field{number}=" for number in range(201))
    assert client.get(f"/manual/?{query}").status_code == 200
    assert client.get(f"/manual/?{query}&language=en").status_code == 400


def test_the_choice_is_a_cookie_for_this_host_alone(client, settings):
    settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_SECURE = "__Host-language", True
    answer = client.post("/language/", {"language": "en"})
    assert answer.cookies.keys() == {"__Host-language"}
    cookie = answer.cookies["__Host-language"]
    assert (cookie.value, cookie["path"], cookie["domain"]) == ("en", "/", "")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == project.LANGUAGE_COOKIE_AGE


def test_nothing_but_a_choice_sets_the_cookie(client, db):  # closing an answer ends a request
    addresses = [f"{address}?language=en" for address in (*PUBLIC, LOGIN, "/health/live/")]
    for address in (*addresses, "/static/css/site.css", "/nowhere/"):
        answer = client.get(address, **ENGLISH)
        answer.close()
        assert COOKIE not in answer.cookies, address
    assert COOKIE not in client.post("/language/", {"language": "fr"}).cookies


def test_a_stranger_s_choice_needs_no_token_and_writes_nothing(db, django_assert_num_queries):
    """Whoever has a session cookie is looked for, no more."""
    stranger = Client(enforce_csrf_checks=True)
    with django_assert_num_queries(0):
        assert stranger.post("/language/", {"language": "en"}).status_code == 302
    stranger.cookies[project.SESSION_COOKIE_NAME] = "a" * 32
    with CaptureQueriesContext(connection) as asked:
        assert stranger.post("/language/", {"language": "en"}).status_code == 302
    said = "".join(query["sql"] for query in asked.captured_queries)
    assert not re.search("INSERT|UPDATE|DELETE", said)


@pytest.mark.parametrize("named", ["/" + "a" * 9000, "/\x00\r\nX: y", "\\\\evil.example", "/[", ""])
def test_a_way_back_that_is_none_leads_home_or_nowhere_else(client, named):
    answer = client.post("/language/", {"language": "en", "next": named})
    assert answer.status_code == 302
    assert answer.url.startswith("/")
    assert not answer.url.startswith(("//", "/\\"))


def test_the_address_of_the_choice_opened_directly_says_so(client):
    page = client.get("/language/", **ENGLISH)
    assert (page.status_code, language(page)) == (405, "en")


@pytest.mark.urls("tests.site.urls")
@pytest.mark.django_db
def test_an_outage_is_told_in_the_reader_s_language():
    page = Client(raise_request_exception=False).get("/database-down/direct/", **ENGLISH)
    assert (page.status_code, page["Content-Language"], language(page)) == (503, "en", "en")
    assert "Error: " in title(page)


# -- Of a patron


@pytest.fixture
def two(db) -> tuple[Patron, Patron]:
    """Somebody who reads English, and somebody of an import, of whom no language is known."""
    found = imported_patron(language="en"), imported_patron(name="別府 次郎")
    for patron in found:
        set_own_password(patron=patron, password=PASSWORD)
    return found


def log_in(client: Client, patron: Patron, **more) -> None:
    typed = {"username": patron.number, "password": PASSWORD}
    assert client.post(LOGIN, typed, **more).status_code == 302


def test_after_the_login_the_patron_s_own_language_goes_on(client, two):
    client.post("/language/", {"language": "ja"})
    log_in(client, two[0])
    assert language(client.get(MENU)) == "en"
    assert client.cookies[COOKIE].value == "en"


def test_a_choice_while_logged_in_is_the_patron_s(client, two):
    log_in(client, two[0])
    client.post("/language/", {"language": "ja"})
    two[0].refresh_from_db()
    assert two[0].language == "ja"
    elsewhere = Client(**ENGLISH)
    log_in(elsewhere, two[0])
    assert language(elsewhere.get(MENU)) == "ja"


def test_of_two_patrons_in_one_browser_each_keeps_a_language(client, two):
    log_in(client, two[0])
    client.post("/mylibrary/logout/")
    client.post("/language/", {"language": "ja"})
    log_in(client, two[1])
    assert [patron.language for patron in Patron.objects.order_by("pk")] == ["en", "ja"]
    client.post("/mylibrary/logout/")
    log_in(client, two[0])
    assert language(client.get(MENU)) == "en"


def test_whoever_has_none_is_taken_to_read_what_the_login_was_in(client, two):
    log_in(client, two[1], **ENGLISH)
    two[1].refresh_from_db()
    assert two[1].language == "en"


def test_a_choice_that_comes_after_an_erasure_writes_nothing(two):
    now = timezone.now()
    erased = EMPTIED_BY_ERASURE | {"withdrawn_at": now, "erased_at": now}
    Patron.objects.filter(pk=two[1].pk).update(**erased)
    choose_language(patron=two[1], language="en")
    two[1].refresh_from_db()
    assert two[1].language == ""


def test_staff_have_japanese_and_no_choice(client, django_user_model):
    django_user_model.objects.create_superuser("librarian", PASSWORD)
    typed = {"username": "librarian", "password": PASSWORD}
    answer = client.post(reverse("admin:login"), typed, **ENGLISH)
    assert answer.status_code == 302
    assert COOKIE not in answer.cookies
    assert 'action="/language/"' not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ('{% translate "ログアウト" %}', "Log out"),
        ("{% translate 'ログアウト' %}", "Log out"),
        ('{% translate "ログアウト"|add:"." %}', "Log out."),
        ('{% translate "ログアウト" as name %}[{{ name }}]', "[Log out]"),
        ('{% translate "100%の本" %}', "100%の本"),
        ('{% translate "<b>" %}', "<b>"),
        ('{% translate "ログアウト" context "nowhere" %}', "ログアウト"),
        ("{% blocktranslate %}ログアウト{% endblocktranslate %}", "Log out"),
        ("{% blocktranslate with n='100%' %}{{ n }}%{% endblocktranslate %}", "100%%"),
    ],
)
def test_a_sentence_in_a_template_is_said_in_each_language(tag, said):
    template = engines["django"].from_string("{% load i18n %}" + tag)
    for language, word in (("en", "Log out"), ("ja", "ログアウト"), ("en", "Log out")):
        with override(language):
            assert template.render() == said.replace("Log out", word)


def test_values_of_a_sentence_come_from_the_page_and_may_not_be_missing():
    sentence = "{% blocktranslate %}{{ place }}位{% endblocktranslate %}"
    template = engines["django"].from_string("{% load i18n %}" + sentence)
    with override("en"):
        assert template.render({"place": "<2>"}) == "No. &lt;2&gt;"
        with pytest.raises(AssertionError, match="place"):
            template.render()


def test_parts_that_are_rendered_once_are_rendered_for_each_language(client):
    for _ in range(2):
        assert "窓口のご案内" in client.get("/?language=ja").content.decode()
        assert "Library counters" in client.get("/?language=en").content.decode()


def test_staff_s_pages_are_japanese(client):
    page = client.get(reverse("admin:login"), **ENGLISH)
    assert language(page) == page["Content-Language"] == "ja"


def test_error_pages_are_in_the_reader_s_language(client):
    page = client.get("/nowhere/", **ENGLISH)
    assert page.status_code == 404
    assert "Error: there is no such page" in title(page)
