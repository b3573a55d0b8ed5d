"""OAI-PMH as harvesters speak it: a client by other authors, every error, imports in between."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sickle
from django.db import connection
from django.utils import timezone

from catalog.importing.loading import import_catalog
from catalog.models import Record
from tests.catalog.marc_files import branch, iso, record
from tests.catalog.shelves import a_record
from tests.catalog.test_pages import HOSTILE

OAI = "{http://www.openarchives.org/OAI/2.0/}"
MARC = "{http://www.loc.gov/MARC21/slim}"
DC = "{http://purl.org/dc/elements/1.1/}"
OAI_DC = "{http://www.openarchives.org/OAI/2.0/oai_dc/}"
DAY = datetime(2026, 4, 1, 10, tzinfo=UTC)
LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
REFUSED = [
    ("badVerb", ""),
    ("badVerb", "verb=list"),
    ("badVerb", "verb=Identify&verb=Identify"),
    ("badArgument", "verb=Identify&set=x"),
    ("badArgument", "verb=ListRecords"),
    ("badArgument", "verb=ListRecords&metadataPrefix="),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc"),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=yesterday"),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30"),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&until=0000-01-01"),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-04-01T10:00Z"),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-04-02&until=2026-04-01"),
    (
        "badArgument",
        "verb=ListRecords&metadataPrefix=oai_dc&from=2026-04-01&until=2026-04-01T10:00:00Z",
    ),
    ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x"),
    ("badArgument", "verb=GetRecord&metadataPrefix=oai_dc"),
    ("badResumptionToken", "verb=ListRecords&resumptionToken=x"),
    ("badResumptionToken", "verb=ListIdentifiers&resumptionToken=mods!!1!1!1"),
    ("badResumptionToken", "verb=ListIdentifiers&resumptionToken=oai_dc!2026-99-99!1!1!1"),
    ("cannotDisseminateFormat", "verb=ListRecords&metadataPrefix=mods"),
    ("cannotDisseminateFormat", "verb=GetRecord&metadataPrefix=mods&identifier=oai:localhost:A"),
    ("idDoesNotExist", "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:B"),
    ("idDoesNotExist", "verb=GetRecord&metadataPrefix=oai_dc&identifier=A"),
    ("idDoesNotExist", "verb=ListMetadataFormats&identifier=oai:localhost:%00"),
    ("noRecordsMatch", "verb=ListRecords&metadataPrefix=oai_dc&from=9999-12-31&until=9999-12-31"),
    ("noRecordsMatch", "verb=ListIdentifiers&metadataPrefix=marc21&until=0001-01-01"),
    ("noSetHierarchy", "verb=ListSets"),
    ("noSetHierarchy", "verb=ListRecords&metadataPrefix=oai_dc&set=main"),
]


def changed(moment: datetime, *numbers: str) -> None:
    Record.objects.filter(control_number__in=numbers).update(updated_at=moment)


def ask(client, **arguments: str) -> ElementTree.Element:
    answer = client.get("/oai", arguments)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def told(answer: ElementTree.Element) -> list[str]:
    return [one.text.rpartition(":")[2] for one in answer.iter(f"{OAI}identifier")]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("code", "query"), REFUSED)
def test_what_cannot_be_answered_has_its_error(client, method, code, query):
    a_record(control_number="A")
    form = "application/x-www-form-urlencoded"
    answer = (
        client.get(f"/oai?{query}")
        if method == "get"
        else client.post("/oai", query, content_type=form)
    )
    assert answer.status_code == 200
    document = ElementTree.fromstring(answer.content)
    assert [part.tag for part in document] == [
        f"{OAI}responseDate",
        f"{OAI}request",
        f"{OAI}error",
    ]
    assert document.find(f"{OAI}error").get("code") == code
    # What was no good is not repeated as if it were.
    assert bool(document.find(f"{OAI}request").attrib) == (code not in ("badVerb", "badArgument"))


@pytest.mark.django_db
@pytest.mark.parametrize("typed", HOSTILE)
def test_every_input_is_answered(client, typed):
    a_record(control_number="A")
    given = LIST | {"from": "", "resumptionToken": "", "identifier": ""}
    for name in (*given, typed):
        ask(client, **(LIST | {name: typed}))
    ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=f"oai:localhost:{typed}")
    ask(client, verb="ListRecords", resumptionToken=typed)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["identifier", "metadataPrefix", "from", "resumptionToken", "x"])
def test_half_a_character_is_answered_wherever_it_stands(client, name):
    """A form in UTF-7 brings what no database and no XML can hold."""
    a_record(control_number="A")
    verb = "GetRecord" if name in ("identifier", "metadataPrefix") else "ListRecords"
    given = {"verb": verb, "metadataPrefix": "oai_dc"}
    given |= {"identifier": "oai:localhost:A"} if verb == "GetRecord" else {}
    given[name] = "oai:localhost:+2AA-" if name == "identifier" else "+2AA-"
    if name == "resumptionToken":
        del given["metadataPrefix"]
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{said}\r\n'
        for key, said in given.items()
    )
    form = "multipart/form-data; boundary=b; charset=utf-7"
    answer = client.generic("POST", "/oai", f"{parts}--b--\r\n", content_type=form)
    assert answer.status_code == 200
    assert ElementTree.fromstring(answer.content).find(f"{OAI}error").get("code") == {
        "identifier": "idDoesNotExist",
        "metadataPrefix": "cannotDisseminateFormat",
        "resumptionToken": "badResumptionToken",
    }.get(name, "badArgument")


@pytest.mark.django_db
def test_days_and_seconds_include_both_ends(client):
    for number, moment in (
        ("1", DAY),
        ("2", DAY + timedelta(seconds=1, microseconds=999_999)),
        ("3", DAY + timedelta(hours=14, microseconds=-1)),
        ("4", DAY + timedelta(hours=14)),
    ):
        a_record(control_number=number)
        changed(moment, number)
    second = {"from": "2026-04-01T10:00:00Z", "until": "2026-04-01T10:00:01Z"}
    assert told(ask(client, **LIST, **second)) == ["1", "2"]
    assert told(ask(client, **LIST, **{"from": "2026-04-01T10:00:01Z"})) == ["2", "3", "4"]
    assert told(ask(client, **LIST, **dict.fromkeys(("from", "until"), "2026-04-01"))) == [*"123"]
    assert told(ask(client, **LIST, until="2026-04-02")) == [*"1234"]
    assert told(ask(client, **LIST, **{"from": "2026-04-02"})) == ["4"]


@pytest.mark.django_db
def test_an_identifier_holds_any_control_number(client):
    number = "A:1 %/é#<&"
    a_record(control_number=number)
    (identifier,) = ask(client, **LIST).iter(f"{OAI}identifier")
    assert identifier.text == "oai:localhost:A:1%20%25/%C3%A9%23%3C&"
    got = ask(client, verb="GetRecord", metadataPrefix="marc21", identifier=identifier.text)
    assert next(got.iter(f"{MARC}controlfield")).text == number


@pytest.mark.django_db(transaction=True)
def test_a_client_by_others_harvests_every_record_in_several_parts(address, monkeypatch):
    monkeypatch.setattr("catalog.outward.harvests.PER_PAGE", 7)
    monkeypatch.setattr("catalog.outward.oai.PER_PAGE", 7)
    for number in range(30):
        a_record(f"本 {number}", control_number=f"N{number:02}", authors=["夏目漱石"])
    # Many have one date, as after an import.
    Record.objects.update(updated_at=DAY)
    gone = {f"N{number:02}" for number in range(0, 30, 4)}
    Record.objects.filter(control_number__in=gone).update(
        deleted_at=DAY, updated_at=DAY + timedelta(hours=1)
    )
    everything = {f"N{number:02}" for number in range(30)}
    for method in ("GET", "POST"):
        client = sickle.Sickle(f"{address}/oai", http_method=method)
        records = list(client.ListRecords(metadataPrefix="oai_dc"))
        numbers = [one.header.identifier.rpartition(":")[2] for one in records]
        assert len(numbers) == 30
        assert set(numbers) == everything
        assert {
            one.header.identifier.rpartition(":")[2] for one in records if one.header.deleted
        } == gone
        kept = [one for one in records if not one.header.deleted]
        assert all(one.metadata["creator"] == ["夏目漱石"] for one in kept)
    headers = list(client.ListIdentifiers(metadataPrefix="marc21", ignore_deleted=True))
    assert len(headers) == 30 - len(gone)
    later = client.ListIdentifiers(metadataPrefix="marc21", **{"from": "2026-04-01T10:30:00Z"})
    assert {one.identifier.rpartition(":")[2] for one in later} == gone
    told_of = client.Identify()
    assert told_of.deletedRecord == "persistent"
    assert told_of.granularity == "YYYY-MM-DDThh:mm:ssZ"
    assert told_of.earliestDatestamp == "2026-04-01T10:00:00Z"
    assert told_of.baseURL == f"{address}/oai"
    assert [one.metadataPrefix for one in client.ListMetadataFormats()] == ["oai_dc", "marc21"]
    got = client.GetRecord(identifier=records[0].header.identifier, metadataPrefix="marc21")
    assert got.xml.find(f".//{MARC}controlfield[@tag='001']").text == numbers[0]
    with pytest.raises(sickle.oaiexceptions.NoSetHierarchy):
        list(client.ListSets())


@pytest.mark.django_db
def test_a_list_goes_on_where_it_was_whatever_changes_meanwhile(client, monkeypatch):
    monkeypatch.setattr("catalog.outward.harvests.PER_PAGE", 2)
    monkeypatch.setattr("catalog.outward.oai.PER_PAGE", 2)
    for number in "12345":
        a_record(control_number=number)
        changed(DAY + timedelta(seconds=int(number)), number)
    first = ask(client, **LIST)
    token = first.find(f".//{OAI}resumptionToken")
    assert (told(first), token.get("cursor")) == (["1", "2"], "0")
    # One of those that were told is told again, at its new place.
    changed(DAY + timedelta(minutes=1), "1", "3")
    second = ask(client, verb="ListRecords", resumptionToken=token.text)
    assert told(second) == ["4", "5"]
    token = second.find(f".//{OAI}resumptionToken")
    assert token.get("cursor") == "2"
    third = ask(client, verb="ListRecords", resumptionToken=token.text)
    assert told(third) == ["1", "3"]
    token = third.find(f".//{OAI}resumptionToken")
    assert (token.text, token.get("cursor")) == (None, "4")


@pytest.mark.django_db
def test_the_parts_of_an_answer_come_in_the_order_of_the_schema(client, settings):
    settings.STAFF_EMAIL = "library@example.jp"
    a_record(control_number="1")
    (told_of,) = ask(client, verb="Identify").iter(f"{OAI}Identify")
    assert [part.tag.removeprefix(OAI) for part in told_of] == [
        *("repositoryName", "baseURL", "protocolVersion", "adminEmail", "earliestDatestamp"),
        *("deletedRecord", "granularity", "description"),
    ]
    assert told_of.findtext(f"{OAI}adminEmail") == "library@example.jp"
    answer = ask(client, **LIST)
    assert [part.tag.removeprefix(OAI) for part in answer] == [
        "responseDate",
        "request",
        "ListRecords",
    ]
    assert answer.find(f"{OAI}request").attrib == LIST
    (found,) = answer.iter(f"{OAI}record")
    assert [part.tag.removeprefix(OAI) for part in found.iter()][:6] == [
        *("record", "header", "identifier", "datestamp", "metadata"),
        f"{OAI_DC}dc",
    ]


@pytest.mark.django_db
def test_a_list_of_one_part_has_no_token(client):
    a_record(control_number="1")
    assert ask(client, **LIST).find(f".//{OAI}resumptionToken") is None


@pytest.mark.django_db
def test_a_deleted_record_is_a_header_alone(client):
    a_record(control_number="1", deleted_at=timezone.now())
    got = ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier="oai:localhost:1")
    (found,) = got.iter(f"{OAI}record")
    assert [(part.tag, part.get("status")) for part in found] == [(f"{OAI}header", "deleted")]


@pytest.mark.django_db(transaction=True)
def test_a_harvest_beside_an_import_loses_no_record(client, tmp_path: Path):
    """Whenever it was asked, `from` the last `responseDate` brings what was committed since."""
    branch()
    a_record(control_number="OLD")
    path = tmp_path / "records.mrc"
    path.write_bytes(iso(record("NEW"), record("OLD", leader="00000dam a2200000 i 4500")))
    reached = {"compare": threading.Event(), "commit": threading.Event()}
    go_on = {step: threading.Event() for step in reached}

    def progress(step: str, share: float) -> None:
        if step in reached:
            reached[step].set()
            assert go_on[step].wait(30)

    def run() -> None:
        try:
            import_catalog(path=path, progress=progress)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        # While the file is read, harvests go on.
        assert reached["compare"].wait(30)
        before = ask(client, **LIST)
        assert told(before) == ["OLD"]
        since = before.findtext(f"{OAI}responseDate")
        go_on["compare"].set()
        # What is written has a date, and nobody sees it yet.
        assert reached["commit"].wait(30)
        answer = client.get("/oai", LIST)
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert ask(client, verb="Identify") is not None
    finally:
        for event in go_on.values():
            event.set()
        thread.join()
    after = ask(client, **LIST, **{"from": since})
    assert sorted(told(after)) == ["NEW", "OLD"]
    (gone,) = (one for one in after.iter(f"{OAI}header") if one.get("status") == "deleted")
    assert gone.findtext(f"{OAI}identifier") == "oai:localhost:OLD"
    assert since <= min(one.text for one in after.iter(f"{OAI}datestamp"))
