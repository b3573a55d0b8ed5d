"""SRU as other programs speak it: a client by other authors, and every refusal by its number."""

import subprocess
import threading
from itertools import product
from xml.etree import ElementTree

import pytest
import sruthi
from django.db import connection, transaction

from catalog.models import Record
from catalog.outward.cql import Diagnosed
from catalog.outward.explain import MOST_RECORDS
from catalog.outward.queries import _RELATIONS, INDEXES, criteria
from catalog.outward.sru import MESSAGES
from catalog.search.criteria import MOST
from tests.catalog.outward.peers import needs_yaz
from tests.catalog.shelves import a_record
from tests.catalog.test_pages import HOSTILE

SRW = "{http://www.loc.gov/zing/srw/}"
DIAGNOSTIC = "{http://www.loc.gov/zing/srw/diagnostic/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MARC = "{http://www.loc.gov/MARC21/slim}"
NEKO, BOTCHAN, TAKEKURABE, ENGLISH = "1", "2", "3", "4"
FOUND = [
    ("猫", {NEKO, ENGLISH}),
    ("cql.anywhere = 猫", {NEKO, ENGLISH}),
    ('anywhere="夏目漱石 猫"', {NEKO}),
    ("title=坊っちゃん", {BOTCHAN}),
    ("dc.title any 坊っちゃん", {BOTCHAN}),
    ('dc.title any "坊っちゃん たけくらべ"', {BOTCHAN, TAKEKURABE}),
    ('dc.title all "吾輩 猫"', {NEKO}),
    ('dc.title adj "吾輩 猫"', set()),
    ('dc.title exact "吾輩は猫"', set()),
    ('dc.title exact "吾輩は猫である"', {NEKO}),
    ('dc.title == "吾輩は猫*"', {NEKO}),
    ("dc.title = 吾輩*", {NEKO}),
    ('creator = "漱石 夏目"', {NEKO, BOTCHAN}),
    ('dc.creator exact "夏目漱石"', {NEKO, BOTCHAN}),
    ("dc.creator exact 夏目", set()),
    ("bath.author = ナツメ", {NEKO, BOTCHAN}),
    ("dc.subject exact 猫", {NEKO}),
    ("dc.publisher = 春陽堂", {BOTCHAN}),
    ("bath.isbn = 4-10-101001-3", {NEKO}),
    ('isbn any "9784101010014 9784003101025"', {NEKO}),
    ("isbn = 4101010013X", set()),
    ("dc.date = 1906", {BOTCHAN}),
    ("date < 1906", {TAKEKURABE, NEKO}),
    ("date <= 1906", {TAKEKURABE, NEKO, BOTCHAN}),
    ("date > 1906", {ENGLISH}),
    ("date >= 1906", {BOTCHAN, ENGLISH}),
    ('date within "1905 1906"', {NEKO, BOTCHAN}),
    ("creator=夏目 and title=猫", {NEKO}),
    ("creator=夏目 not title=猫", {BOTCHAN}),
    ("title=猫 or date=1895", {NEKO, TAKEKURABE}),
    ("creator=夏目 and (title=猫 or title=たけくらべ)", {NEKO}),
    ("creator=夏目 and title=猫 or title=たけくらべ", {NEKO, TAKEKURABE}),
    ("creator=夏目 not (title=猫 or date=1906)", set()),
    ("title=cat AND date>2000", {ENGLISH}),
    ("cql.allRecords = 1", {NEKO, BOTCHAN, TAKEKURABE, ENGLISH}),
    ("cql.allRecords = 1 not creator=夏目", {TAKEKURABE, ENGLISH}),
    ('"and" or title="たけくらべ"', {TAKEKURABE}),
]
REFUSED = [
    ("", 27),
    ("title =", 10),
    ("猫 犬", 10),
    ("猫 and", 10),
    ("猫" * 1001, 12),
    ("(猫", 13),
    ("猫)", 13),
    ("(" * 11 + "猫" + ")" * 11, 13),
    ('"猫', 14),
    ("zeerex.title=猫", 15),
    ("dc.coverage=猫", 16),
    ("title near 猫", 19),
    ("title <> 猫", 19),
    ("title =/stem 猫", 20),
    ("title < 猫", 22),
    ("date any 1906", 22),
    ("anywhere exact 猫", 22),
    ("title = " + "猫" * 201, 23),
    ('title = ""', 27),
    ("title = 猫?", 28),
    ("isbn = 978410*", 28),
    ("date = 19*", 28),
    ("*", 29),
    ("title = ^猫", 31),
    ("date = 明治", 36),
    ('date within "1905"', 36),
    ("title = !!", 36),
    ('isbn any "」"', 36),
    ('isbn = "\x01"', 36),
    ('title any "」"', 36),
    (" or ".join("猫" * 11), 38),
    ("猫 prox 犬", 39),
    ("猫 and/x 犬", 46),
    ('> x = "info:x" 猫', 48),
    ("title = *猫", 49),
    ("猫 sortby title", 80),
]
PARAMETERS = [
    ({"operation": "scan", "scanClause": "title=猫"}, 4),
    ({"operation": "update"}, 4),
    ({"version": "2.0"}, 5),
    ({"startRecord": "0"}, 6),
    ({"startRecord": "1²"}, 6),
    ({"maximumRecords": "-1"}, 6),
    ({"query": ""}, 7),
    ({"version": ""}, 7),
    ({"operation": ""}, 7),
    ({"colour": "red"}, 8),
    ({"startRecord": "5"}, 61),
    ({"startRecord": str(MOST + 1)}, 61),
    ({"recordSchema": "info:srw/schema/1/mods-v3.0"}, 66),
    ({"recordPacking": "zip"}, 71),
    ({"recordXPath": "/dc"}, 72),
    ({"sortKeys": "title"}, 80),
    ({"stylesheet": "/a.xsl"}, 110),
]


@pytest.fixture
def shelves(db) -> None:
    author = "夏目漱石/ナツメ ソウセキ"
    a_record(
        "吾輩は猫である",
        control_number=NEKO,
        title_reading="ワガハイ ワ ネコ デ アル",
        authors=[author],
        isbns=["9784101010014"],
        subjects=["猫", "日本小説"],
        year=1905,
        at=["main"],
    )
    a_record("坊っちゃん", control_number=BOTCHAN, authors=[author], publisher="春陽堂", year=1906)
    a_record("たけくらべ", control_number=TAKEKURABE, authors=["樋口一葉"], year=1895)
    a_record("The cat", control_number=ENGLISH, description="ある猫 & 犬 \x01", year=2010)


def ask(client, method: str = "get", **parameters: str) -> ElementTree.Element:
    given = {"operation": "searchRetrieve", "version": "1.2", "query": "猫"} | parameters
    answer = getattr(client, method)("/sru", {key: said for key, said in given.items() if said})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    return ElementTree.fromstring(answer.content)


def numbers(answer: ElementTree.Element) -> list[str]:
    return [one.text for one in answer.iter(f"{MARC}controlfield") if one.get("tag") == "001"]


def diagnostics(answer: ElementTree.Element) -> list[tuple[str, str]]:
    return [
        (one.findtext(f"{DIAGNOSTIC}uri"), one.findtext(f"{DIAGNOSTIC}message"))
        for one in answer.iter(f"{DIAGNOSTIC}diagnostic")
    ]


@pytest.mark.parametrize(("query", "expected"), FOUND)
def test_a_query_finds_what_it_means(client, shelves, query, expected):
    answer = ask(client, query=query, recordSchema="marcxml")
    assert diagnostics(answer) == []
    assert set(numbers(answer)) == expected
    assert answer.findtext(f"{SRW}numberOfRecords") == str(len(expected))


@pytest.mark.parametrize(
    ("parameters", "number"),
    [*[({"query": query or " "}, number) for query, number in REFUSED], *PARAMETERS],
)
def test_what_cannot_be_answered_has_its_diagnostic(client, shelves, parameters, number):
    answer = ask(client, **parameters)
    assert diagnostics(answer) == [(f"info:srw/diagnostic/1/{number}", MESSAGES[number])]
    assert numbers(answer) == []


def test_every_diagnostic_is_tried():
    tried = {number for _, number in (*REFUSED, *PARAMETERS)}
    # 47 has a test of its own.
    assert tried == MESSAGES.keys() - {47}


@pytest.mark.parametrize("typed", HOSTILE)
def test_every_input_is_answered(client, shelves, typed):
    for name in ("query", "startRecord", "recordSchema", "operation", "version", typed):
        ask(client, **{name: typed})


@pytest.mark.parametrize("typed", [*HOSTILE, "\ud800", "」", "\x01", "-", "*", "\\", "1905"])
def test_every_index_and_relation_takes_every_term(typed):
    """It is understood, or refused by a number that has its message; nothing else is raised."""
    quoted = typed.replace('"', '\\"')
    for index, relation in product(INDEXES[""], _RELATIONS):
        try:
            number = 0 if criteria(f'{index} {relation} "{quoted}"').terms else None
        except Diagnosed as diagnosed:
            number = diagnosed.number
        assert number in {0, *MESSAGES}, (index, relation)


def test_records_come_in_parts_in_the_version_that_was_asked_for(client, shelves):
    answer = ask(client, "post", version="1.1", query="creator=夏目 or 猫", maximumRecords="2")
    assert answer.tag == f"{SRW}searchRetrieveResponse"
    assert answer.findtext(f"{SRW}version") == "1.1"
    assert answer.findtext(f"{SRW}numberOfRecords") == "3"
    assert answer.findtext(f"{SRW}nextRecordPosition") == "3"
    records = answer.findall(f"{SRW}records/{SRW}record")
    assert [one.findtext(f"{SRW}recordPosition") for one in records] == ["1", "2"]
    assert [part.tag.removeprefix(SRW) for part in records[0]] == [
        *("recordSchema", "recordPacking", "recordData", "recordPosition")
    ]
    rest = ask(client, query="creator=夏目 or 猫", startRecord="3", maximumRecords="2")
    assert len(rest.findall(f"{SRW}records/{SRW}record")) == 1
    assert rest.find(f"{SRW}nextRecordPosition") is None
    assert ask(client, maximumRecords="0").find(f"{SRW}records") is None


def test_a_record_is_packed_as_xml_or_as_its_text(client, shelves):
    packed = ask(client, query="title=cat", recordPacking="string").find(f".//{SRW}recordData")
    plain = ask(client, query="title=cat").find(f".//{SRW}recordData/*")
    assert plain.findtext(f"{DC}description") == "ある猫 & 犬  "
    assert plain.findtext(f"{DC}date") == "2010"
    same = [(one.tag, one.text) for one in ElementTree.fromstring(packed.text)]
    assert same == [(one.tag, one.text) for one in plain]


def test_what_is_beyond_the_cap_is_neither_counted_nor_reached(client, shelves, monkeypatch):
    monkeypatch.setattr("catalog.search.hits.MOST", 2)
    monkeypatch.setattr("catalog.outward.sru.MOST", 2)
    answer = ask(client, query="cql.allRecords=1", recordSchema="marcxml")
    assert answer.findtext(f"{SRW}numberOfRecords") == "2"
    assert "resultCountPrecision/1/minimum" in ElementTree.tostring(answer, encoding="unicode")
    assert answer.find(f"{SRW}nextRecordPosition") is None
    assert len(numbers(answer)) == 2
    assert diagnostics(ask(client, startRecord="3"))[0][0].endswith("/61")


@pytest.mark.django_db(transaction=True)
def test_a_search_that_takes_too_long_is_told_so(client):
    a_record("猫")
    held, over = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE catalog_record IN ACCESS EXCLUSIVE MODE")
            held.set()
            over.wait(30)
        connection.close()

    thread = threading.Thread(target=lock)
    thread.start()
    try:
        assert held.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '100ms'")
        answer = ask(client)
    finally:
        over.set()
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    assert diagnostics(answer)[0][0].endswith("/47")


@pytest.mark.django_db(transaction=True)
def test_a_client_by_others_finds_every_record_page_by_page(address, shelves):
    for number in range(12):
        a_record(f"図書館の本 {number}", control_number=f"L{number}")
    client = sruthi.Client(f"{address}/sru", maximum_records=5, record_schema="marcxml")
    found = client.searchretrieve('dc.title = "図書館"')
    assert found.count == 12
    records = list(found)
    assert len(records) == 12
    assert {one["schema"] for one in records} == {"info:srw/schema/1/marcxml-v1.1"}
    told = client.explain()
    assert told.config["maximumRecords"] == MOST_RECORDS
    assert set(told.schema) == {"dc", "marcxml"}
    assert {"title", "creator", "subject", "date"} <= set(told.index["dc"])
    assert "anywhere" in told.index["cql"]
    assert "isbn" in told.index["bath"]
    assert f"http://{told.server['host']}:{told.server['port']}" == address
    with pytest.raises(sruthi.errors.SruError, match="Unsupported index"):
        client.searchretrieve("dc.coverage = x")
    titles = sruthi.Client(f"{address}/sru").searchretrieve("猫 not cat")
    assert [one["title"] for one in titles] == ["吾輩は猫である"]


@needs_yaz
@pytest.mark.django_db(transaction=True)
def test_yaz_finds_and_shows_records(address, shelves):
    said = f"""open {address}/sru
sru get 1.2
querytype cql
find creator=夏目 and date>1905
schema marcxml
show 1
find dc.coverage=x
quit
"""
    done = subprocess.run(
        ["yaz-client"], input=said, capture_output=True, text=True, timeout=30, check=True
    )
    assert "Number of hits: 1" in done.stdout
    assert '<controlfield tag="001">2</controlfield>' in done.stdout
    assert "Unsupported index" in done.stdout


def test_deleted_records_are_not_found(client, shelves):
    Record.objects.filter(control_number=NEKO).update(deleted_at="2026-01-01T00:00Z")
    assert numbers(ask(client, query="dc.title exact 吾輩は猫である", recordSchema="marcxml")) == []
