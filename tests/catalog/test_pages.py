"""The catalogue's pages as they are asked for: words, links, languages, statements, refusals."""

import json
import logging
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from bench.shelves import fill
from branches.services import create_first_branches
from catalog.models import Material, Record
from catalog.search import criteria
from oita_library.logs import JsonFormatter
from tests.catalog.shelves import a_record, an_item

pytestmark = pytest.mark.django_db
SEARCH, ADVANCED, NEW, FEED = (
    "/catalog/search/",
    "/catalog/advanced/",
    "/catalog/new/",
    "/catalog/search.atom",
)
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    *("猫", "a", "の" * 500, "&", "|", "!", "'", "\\", ":*", "<->", "猫 & !犬 | (", "'猫':*A"),
    *(
        "\0",
        "猫\0犬",
        "%ED%A0%80",
        "\x1b[0m",
        "\ufffe",
        "%",
        "_",
        "$$",
        '"',
        "「",
        "%(x)s",
        "{{ x }}",
    ),
    *("<script>alert(1)</script>", "９７８４１０１０１００１４", "ß" * 200, "ﷺ" * 200),
)


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def links(response) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', response.content.decode())]


@pytest.fixture
def neko():
    return a_record(
        "吾輩は猫である",
        title_reading="ワガハイ ワ ネコ デ アル",
        volume="上",
        authors=["夏目漱石/ナツメ ソウセキ"],
        publisher="岩波書店",
        series="日本の名作",
        subjects=["小説", "猫"],
        isbns=["9784101010014"],
        ndc="913.6",
        year=1990,
        language="jpn",
        extent="300p",
        description="名前のない猫が語る </script>。",
        at=["main", "compal/on_loan"],
    )


@pytest.mark.parametrize("path", [SEARCH, ADVANCED, FEED])
@pytest.mark.parametrize("typed", HOSTILE)
def test_every_input_is_answered(client, neko, path, typed):
    for name in ("q", "word2", "branch", "year_from", "page", "sort"):
        sent = f"{name}={typed}" if typed.startswith("%ED") else {name: typed}
        answer = (
            client.get(path, QUERY_STRING=sent) if isinstance(sent, str) else client.get(path, sent)
        )
        assert answer.status_code == 200, (name, typed)
        if path == FEED:
            ElementTree.fromstring(answer.content)
        assert b"<script>alert" not in answer.content


def test_the_results_say_how_many_and_lead_to_the_record(client, neko):
    answer = client.get(SEARCH, {"q": "猫"})
    said = words(answer)
    assert "1件 のうち 1件目から1件目" in said
    assert "夏目漱石　岩波書店　1990年" in answer.content.decode()
    assert "貸出できます：大分市民図書館" in said
    assert f"/catalog/{neko.pk}/" in links(answer)
    assert "<title>「猫」の検索結果｜" in answer.content.decode()
    assert 'value="猫"' in answer.content.decode()
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_the_first_page_asks_for_words_and_may_be_found_itself(client):
    answer = client.get(SEARCH)
    assert "noindex" not in answer.content.decode()
    assert {ADVANCED, NEW} <= set(links(answer))


def test_what_was_typed_stays_and_what_is_wrong_with_it_is_said(client):
    answer = client.get(SEARCH, {"q": "&&"})
    assert 'value="&amp;&amp;"' in answer.content.decode()
    assert "記号だけでは検索できません。" in words(answer)
    assert "出版年は、2013 または 昭和25" in words(
        client.get(SEARCH, {"q": "猫", "year_to": "先月"})
    )
    assert "ISBNは、10桁か13桁" in words(client.get(SEARCH, {"word1": "12", "field1": "isbn"}))


def test_a_page_beyond_the_last_leads_to_the_last(client):
    for number in range(25):
        a_record("猫の本", volume=str(number))
    for page in ("3", "500", "999999"):
        answer = client.get(SEARCH, {"q": "猫", "page": page})
        assert (answer.status_code, answer.url) == (302, f"{SEARCH}?q=%E7%8C%AB&page=2")
    last = client.get(answer.url)
    assert "25件 のうち 21件目から25件目" in words(last)
    assert "?q=%E7%8C%AB" in links(last)
    assert not any("page=3" in link for link in links(last))


def test_all_conditions_of_the_detailed_search_can_be_taken_off(client, neko):
    asked = {
        "word1": "猫",
        "field1": "title",
        "word2": "犬",
        "operator2": "not",
        "material": "book",
    }
    answer = client.get(SEARCH, asked | {"year_from": "1990", "year_to": "1990"})
    chips = re.search(r'<ul class="chips".*?</ul>', answer.content.decode(), re.DOTALL)[0]
    assert re.findall(r"<span>([^<]+)</span>", chips) == [
        "書名「猫」",
        "すべての項目「犬」を除く",
        "図書",
        "1990年",
    ]
    whole = criteria.read(QueryDict(answer.wsgi_request.META["QUERY_STRING"]))
    for link in re.findall(r'href="\?([^"]+)"', chips):
        left = criteria.read(QueryDict(unescape(link)))
        differing = [name for name in vars(whole) if getattr(whole, name) != getattr(left, name)]
        assert set(differing) in ({"terms"}, {"materials"}, {"year_from", "year_to"})
        assert client.get(f"{SEARCH}?{unescape(link)}").status_code == 200


def test_the_detailed_search_is_filled_with_what_an_address_says(client):
    create_first_branches()
    page = client.get(
        ADVANCED,
        {"word2": "犬", "operator2": "not", "field2": "author", "branch": "main", "class": "9"}
        | {"year_from": "昭和25", "available": "1", "language_of_text": "swa", "sort": "old"},
    ).content.decode()
    assert re.search(r'name="word2" value="犬"', page)
    assert re.search(r'name="word1" value=""', page)
    for value in ("not", "author", "swa", "old"):
        assert f'<option value="{value}" selected>' in page
    for value in ("main", "9", "1"):
        assert re.search(rf'value="{value}" checked', page)
    assert 'name="year_from" value="1950"' in page


def test_where_there_are_too_many_no_number_is_made_up(client, monkeypatch):
    monkeypatch.setattr("catalog.search.hits.MOST", 10)
    monkeypatch.setattr("catalog.search.panel.MOST", 10)
    for number in range(12):
        a_record("猫の本", volume=str(number), at=["main"])
    answer = client.get(SEARCH, {"q": "猫"})
    assert "10件以上 のうち" in words(answer)
    assert "多すぎるため" in words(answer)
    assert "facet__n" not in answer.content.decode()


def test_the_record_page_tells_everything(client, neko):
    an_item(neko, "main", "reference", shelf="2階 郷土", call_number="K913/ナ")
    an_item(neko, "main")
    answer = client.get(f"/catalog/{neko.pk}/")
    said = words(answer)
    assert "1館で貸出できます" in said
    for text in (
        *("吾輩は猫である 上", "ワガハイ ワ ネコ デ アル", "夏目漱石", "ナツメ ソウセキ　著"),
        *(
            "岩波書店　1990年",
            "日本の名作",
            "300p",
            "9784101010014",
            "913.6",
            "文学",
            "小説",
            "日本語",
        ),
        *("2階 郷土", "請求記号 K913/ナ", "貸出できます", "貸出中", "館内でご覧ください"),
        *("コンパルホール分館", "名前のない猫が語る </script>。", neko.control_number, "図書"),
    ):
        assert text in answer.content.decode() or text in said, text


def test_an_item_says_what_it_is_where_the_record_is_something_else(client, neko):
    an_item(neko, "main", material=Material.SOUND)
    an_item(neko, "main", material=Material.BOOK)
    page = client.get(f"/catalog/{neko.pk}/").content.decode()
    assert re.findall(r'class="tag">([^<]+)<', page) == ["CD・録音資料"]


def test_names_subjects_and_class_lead_to_searches_that_find_it(client, neko):
    a_record("別の本", authors=["別の人"], subjects=["犬"], ndc="210")
    found = [
        link for link in links(client.get(f"/catalog/{neko.pk}/")) if link.startswith(SEARCH + "?")
    ]
    assert len(found) == 5
    for link in found:
        assert f"/catalog/{neko.pk}/" in links(client.get(link)), link


def test_the_record_says_it_to_programs_and_ends_no_script(client, neko):
    page = client.get(f"/catalog/{neko.pk}/").content.decode()
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    told = json.loads(data)
    assert told["@type"] == "Book"
    assert told["@id"] == f"http://localhost:8000/catalog/{neko.pk}/"
    assert told["author"] == [{"@type": "Person", "name": "夏目漱石"}]
    assert (told["isbn"], told["inLanguage"]) == ("9784101010014", "ja")
    assert told["description"] == neko.description
    assert f'<link rel="canonical" href="{told["url"]}">' in page


def test_a_sparse_record_makes_nothing_up(client):
    bare = a_record("無題", material=Material.DAISY)
    page = client.get(f"/catalog/{bare.pk}/")
    for absent in ("どこにありますか", "読み", "著者など", "シリーズ", "ISBN", "None", "同じ著者"):
        assert absent not in words(page)
    assert "DAISY（録音図書）" in words(page)
    assert "所蔵は、窓口でお尋ねください" in words(page)


def test_series_author_and_class_lead_on_and_name_nothing_twice(client, neko):
    second = a_record("続・猫", authors=["夏目漱石"], series="日本の名作", year=1991, ndc="913.6")
    third = a_record("坊っちゃん", authors=["夏目漱石"], ndc="210")
    near = a_record("別の小説", authors=["夏目漱石子"], ndc="913.7")
    page = client.get(f"/catalog/{neko.pk}/")
    for title, other in (
        ("同じシリーズの資料", second),
        ("同じ著者の資料", third),
        ("この本に近い本", near),
    ):
        part = page.content.decode().split(f"<h2>{title}</h2>")[1].split("<h2>")[0]
        assert re.findall(r'href="/catalog/(\d+)/"', part) == [str(other.pk)], title


def test_a_record_that_is_gone_says_so(client, neko):
    Record.objects.filter(pk=neko.pk).update(deleted_at=timezone.now())
    answer = client.get(f"/catalog/{neko.pk}/")
    assert answer.status_code == 410
    assert "この資料はなくなりました" in words(answer)
    assert "noindex" in answer.content.decode()
    assert client.get("/isbn/9784101010014/").status_code == 404


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30, "9" * 5000, "-1", "1.5", "猫"])
def test_a_record_that_never_was_is_not_found(client, number):
    assert client.get(f"/catalog/{number}/").status_code == 404


@pytest.mark.parametrize(
    "isbn",
    ["9784101010014", "978-4-10-101001-4", "4101010013", "４１０１０１００１３", "ISBN4101010013"],
)
def test_an_isbn_leads_to_the_record(client, neko, isbn):
    assert client.get(f"/isbn/{isbn}/").url == f"/catalog/{neko.pk}/"


@pytest.mark.parametrize("isbn", ["9784101010015", "9784000000000", "x", "\0", "9" * 3000])
def test_an_isbn_that_nothing_has_is_not_found(client, neko, isbn):
    assert client.get(f"/isbn/{isbn}/").status_code == 404


def test_an_isbn_of_several_volumes_leads_to_them_all(client, neko):
    other = a_record("吾輩は猫である", volume="下", isbns=neko.isbns)
    found = client.get(client.get("/isbn/9784101010014/").url)
    assert {f"/catalog/{one.pk}/" for one in (neko, other)} <= set(links(found))


def test_new_arrivals_are_the_newest_and_no_older_than_two_months(client):
    now = timezone.now()
    for days in (1, 30, 59, 61):
        a_record(f"{days}日前の本", added_at=now - timedelta(days=days))
    page = client.get(NEW).content.decode()
    assert re.findall(r">(\d+日前の本)<", page) == ["1日前の本", "30日前の本", "59日前の本"]
    Record.objects.all().delete()
    assert "この2か月に入った資料はありません。" in words(client.get(NEW))


def test_new_arrivals_are_paged_and_limited_to_what_there_is(client):
    now = timezone.now()
    for hours in range(21):
        a_record(f"{hours}時間前", added_at=now - timedelta(hours=hours))
    a_record("盤", material=Material.SOUND, added_at=now - timedelta(hours=30), for_children=True)
    last = client.get(NEW, {"page": "2"})
    assert re.findall(r">(20時間前|盤)<", last.content.decode()) == ["20時間前", "盤"]
    assert "22件 のうち 21件目から22件目" in words(last)
    for query in ("material=sound", "children=1"):
        assert f"?{query}" in links(last)
        assert "1件 のうち" in words(client.get(f"{NEW}?{query}"))
    for beyond, leads in (("material=book&page=3", "?material=book&page=2"), ("material=map", "")):
        assert client.get(f"{NEW}?{beyond}").url == NEW + leads


def test_the_feed_is_atom_with_the_newest_first(client, neko):
    newer = a_record("猫<の>本", description="<b>&", authors=["ある人"])
    answer = client.get(FEED, {"q": "猫", "page": "3", "sort": "old"})
    assert answer["Content-Type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)
    assert root.find(f"{ATOM}title").text == "蔵書検索：猫"
    assert root.find(f"{ATOM}author/{ATOM}name").text == "大分市民図書館"
    entries = root.findall(f"{ATOM}entry")
    assert [one.find(f"{ATOM}title").text for one in entries] == ["猫<の>本", "吾輩は猫である 上"]
    assert entries[0].find(f"{ATOM}id").text == f"http://localhost:8000/catalog/{newer.pk}/"
    assert entries[0].find(f"{ATOM}summary").text == "&lt;b&gt;&amp;"
    for name in ("updated", "published", "author"):
        assert entries[0].find(f"{ATOM}{name}") is not None
    own = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
    assert urlsplit(own["self"]).query == urlsplit(own["alternate"]).query == "q=%E7%8C%AB"
    assert not ElementTree.fromstring(client.get(FEED).content).findall(f"{ATOM}entry")


def test_the_results_name_their_feed(client, neko):
    (feed,) = [
        link for link in links(client.get(SEARCH, {"q": "猫", "sort": "old"})) if ".atom" in link
    ]
    assert feed == f"{FEED}?q=%E7%8C%AB"


@pytest.mark.parametrize(
    ("path", "most"), [(SEARCH, 6), (ADVANCED, 1), (NEW, 3), (FEED, 3), ("record", 6)]
)
def test_more_records_need_no_more_statements(client, django_assert_max_num_queries, path, most):
    fill(60)
    Record.objects.update(added_at=timezone.now())
    path = f"/catalog/{Record.objects.first().pk}/" if path == "record" else path
    with django_assert_max_num_queries(most):
        answer = client.get(path, {"q": "の", "branch": "main"})
    assert answer.status_code == 200


def test_no_search_is_kept_or_logged_with_or_without_a_login(client, neko, caplog):
    caplog.set_level(logging.DEBUG)
    # What the database is asked is written by nobody but this test's own level.
    caplog.set_level(logging.INFO, "django.db.backends")
    for login in (False, True):
        if login:
            client.force_login(User.objects.create(username="patron:1"))
        before = dict(client.session)
        for path in (SEARCH, ADVANCED, FEED):
            for page in ("1", "500"):
                answer = client.get(path, {"q": "合言葉", "word1": "合言葉", "page": page})
                assert not answer.cookies
                assert "no-store" in answer["Cache-Control"]
        assert client.post(SEARCH, {"q": "合言葉"}, query_params={"q": "合言葉"}).status_code == 405
        assert client.get("/catalog/0/", {"q": "合言葉"}).status_code == 404
        assert dict(client.session) == before
    assert caplog.records
    assert not [one for one in caplog.records if "合言葉" in JsonFormatter().format(one)]


def test_english_pages_name_everything_in_english_and_mark_what_is_japanese(client, neko):
    for path in (f"{SEARCH}?q=猫", f"/catalog/{neko.pk}/", ADVANCED, NEW, f"{SEARCH}?q=zzz"):
        answer = client.get(path, headers={"Accept-Language": "en"})
        page = re.sub(r"<(script|title)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
        page = re.sub(r'<(\w+)[^>]* lang="ja"[^>]*>[^<]*</\1>', "", page)
        left = re.sub(r"<[^>]+>", " ", page)
        assert not re.findall(r"[\u3041-\u30ff\u4e00-\u9fff]+", left), (path, left)
    answer = client.get(f"/catalog/{neko.pk}/", headers={"Accept-Language": "en"})
    for text in (
        "Can be borrowed",
        "On loan",
        "Literature",
        "Japanese",
        "Book",
        "Compal Hall Branch",
    ):
        assert text in words(answer), text


def test_a_title_in_another_language_is_marked_as_such(client):
    book = a_record("Norwegian Wood", language="eng")
    for path in (f"{SEARCH}?q=norwegian", f"/catalog/{book.pk}/"):
        assert re.search(r'lang="en">Norwegian Wood<', client.get(path).content.decode())
