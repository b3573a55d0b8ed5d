"""How PostgreSQL answers: by its indexes, what is found cut off before it is put in order."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from bench.shelves import fill
from catalog.models import Record
from catalog.outward.harvests import Harvest
from catalog.search.criteria import MOST, PER_PAGE, read
from catalog.search.folding import fold
from catalog.search.hits import (
    Condition,
    find,
    hits_statement,
    planned_for_its_parameters,
    walk_statement,
)
from catalog.search.nearest import similar_statement
from tests.catalog.test_criteria import asked

RECORDS = 20_000
PAGE = range(PER_PAGE)
SELECTIVE = (
    {"q": "ゼームス坂病院"},
    {"q": "9784000000777"},
    {"word1": "図書", "word2": "館史", "field1": "title", "field2": "subject"},
    {"word1": "ゼームス", "operator2": "or", "word2": "9784000000777"},
    {"word1": "999.9", "field1": "ndc"},
    {"word1": "ゼームス", "field1": "publisher"},
    {"q": "ゼームス", "class": "9", "available": "1", "branch": "main", "sort": "new"},
    {"q": "ゼームス", "sort": "added", "year_from": "2000"},
)
LIMITED = (
    {"material": "ll_book", "language_of_text": "chi"},
    {"year_from": "1951", "year_to": "1951"},
)


@pytest.fixture(scope="module", autouse=True)
def shelves(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Some ten thousand records for all tests of this module, gone at its end."""
    with django_db_blocker.unblock():
        fill(RECORDS)
        connection.close()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Record._meta.db_table} CASCADE")
        connection.close()


pytestmark = pytest.mark.django_db


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def plan_of(made: Condition) -> list[dict[str, Any]]:
    with planned_for_its_parameters() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {made.sql}", made.parameters)
        return list(nodes(cursor.fetchone()[0][0]["Plan"]))


def scanned(plan: list[dict[str, Any]]) -> set[str]:
    """Return the tables that are read from one end to the other."""
    big = {"catalog_record", "catalog_item"}
    return {
        node["Relation Name"]
        for node in plan
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in big
    }


def walked(plan: list[dict[str, Any]]) -> set[str]:
    """Return the indexes that are read in their order."""
    kinds = ("Index Scan", "Index Only Scan")
    return {node["Index Name"] for node in plan if node["Node Type"] in kinds}


@pytest.mark.parametrize("given", SELECTIVE, ids=str)
def test_selective_words_are_found_by_an_index(given):
    looked_for = read(asked(**given))
    plan = plan_of(hits_statement(looked_for, PAGE, with_facets=True))
    assert scanned(plan) == set()
    assert not {"record_year", "record_added"} & walked(plan)


@pytest.mark.parametrize("given", LIMITED, ids=str)
def test_limits_without_a_word_have_their_indexes(given):
    plan = plan_of(hits_statement(read(asked(**given)), PAGE))
    assert "catalog_record" not in scanned(plan)
    assert "record_added" not in walked(plan)


@pytest.mark.parametrize("given", [*SELECTIVE, *LIMITED, {"q": "の", "sort": "new"}], ids=str)
def test_the_set_is_cut_off_before_it_is_put_in_order(given):
    plan = plan_of(hits_statement(read(asked(**given)), PAGE))
    (found,) = [node for node in plan if node.get("Subplan Name") == "CTE found"]
    kinds = [node["Node Type"] for node in nodes(found)]
    assert "Limit" in kinds
    # Within it, only what is found twice is sorted out: nothing has to be complete for that.
    limits = [node for node in nodes(found) if node["Node Type"] == "Limit"]
    assert all("Sort" not in node["Node Type"] for limit in limits for node in nodes(limit))
    assert found["Parent Relationship"] == "InitPlan"


def test_the_facets_of_a_frequent_word_do_not_read_all_items():
    plan = plan_of(hits_statement(read(asked(q="歴史")), PAGE, with_facets=True))
    assert "catalog_item" not in scanned(plan)


def test_what_everything_matches_is_capped():
    found = find(read(asked(available="1", word2="ヌヌヌヌヌ", operator2="not")))
    everything = Record.objects.count()
    assert everything == RECORDS
    assert (found.total, found.has_more, len(found.ids)) == (MOST, True, PER_PAGE)


@pytest.mark.parametrize(
    ("given", "index"),
    [
        ({"sort": "added", "q": "の"}, "record_added"),
        ({"sort": "added", "available": "1", "branch": "main", "q": "の"}, "record_added"),
        ({"sort": "new", "year_to": "2000", "q": "の"}, "record_year"),
        ({"sort": "old", "q": "の"}, "record_year"),
    ],
    ids=str,
)
def test_the_newest_of_very_many_are_found_in_the_order_of_an_index(given, index):
    plan = plan_of(walk_statement(read(asked(**given)), PAGE))
    assert index in walked(plan)
    assert scanned(plan) == set()
    # Nothing has to be complete before the first is told.
    assert not {"Sort", "Incremental Sort"} & {node["Node Type"] for node in plan}


def test_the_nearest_text_is_found_by_the_index_that_is_there():
    plan = plan_of(similar_statement(fold("ゼームス坂の病院")))
    assert scanned(plan) == set()


def test_the_pages_beside_search_use_their_indexes():
    some = Record.objects.filter(series__gt="").first()
    author = some.author_key.split("\n")[0]
    for records in (
        Record.objects.beside(some)[:6],
        Record.objects.in_series(some.series)[:6],
        Record.objects.by_author(author)[:6],
        Record.objects.with_isbn(some.isbns[0])[:2],
        Record.objects.present()
        .filter(added_at__gte=some.added_at)
        .order_by("-added_at", "-pk")[:40],
    ):
        explained = json.loads(records.explain(format="json"))
        assert scanned(list(nodes(explained[0]["Plan"]))) == set(), records.query


def test_a_page_of_a_harvest_is_one_walk_of_its_index():
    some = Record.objects.order_by("pk")[RECORDS // 2]
    for after, until in (((some.updated_at, some.pk), ""), ((some.updated_at, 0), "2026-12-31")):
        records = Harvest(prefix="oai_dc", after=after, until=until).records
        plan = list(nodes(json.loads(records.explain(format="json"))[0]["Plan"]))
        assert walked(plan) == {"record_updated"}
        assert {node["Node Type"] for node in plan} == {"Limit", "Index Scan"}


def test_no_search_is_prepared_and_other_statements_go_on_to_be():
    for number in range(8):
        find(read(asked(q=f"猫{number}")))
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [number])
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [statement for (statement,) in cursor.fetchall()]
    assert not [statement for statement in prepared if "catalog_record record" in statement]
    assert "SELECT $1::int" in prepared
