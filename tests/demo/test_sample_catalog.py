"""The demo's collection: well told, in every branch, loaded once, and found."""

import re
from collections import Counter

import pytest
from django.http import QueryDict

from branches.models import Branch
from branches.services import create_first_branches
from catalog.models import Item, ItemState, Material, Record
from catalog.search import criteria, hits
from demo import sample_catalog

COLUMNS = [
    *("title", "reading", "author", "author_reading", "role", "ndc", "year", "subjects"),
    *("for_children", "material", "description"),
]
KATAKANA = "[ァ-ヺー]+( [ァ-ヺー]+)*"
FORMS = {
    "reading": KATAKANA,
    "author_reading": KATAKANA,
    "role": "著|訳|編",
    "ndc": r"[0-9]{3}(\.[0-9]{1,3})?",
    # As the import reads years; authors and translators died in 1967 or earlier.
    "year": "1[5-8][0-9]{2}|19([0-5][0-9]|6[0-7])",
    "subjects": "[^; ]+(;[^; ]+){1,2}",
    "for_children": "[01]",
    "material": "|".join(Material.values),
    "description": "[^。]{19,44}。",
}


@pytest.fixture(scope="module")
def works():
    return list(sample_catalog.works())


@pytest.fixture
def loaded(db):
    create_first_branches()
    return sample_catalog.load()


def found(**asked):
    query = QueryDict(mutable=True)
    query.update(asked)
    ids = hits.find(criteria.read(query)).ids
    records = Record.objects.in_bulk(ids)
    return [records[pk] for pk in ids]


def test_every_line_has_every_column(works):
    assert {tuple(work) for work in works} == {tuple(COLUMNS)}
    assert [work for work in works if None in work.values() or "" in work.values()] == []
    assert [work for work in works if any(v != v.strip() for v in work.values())] == []


@pytest.mark.parametrize("column", FORMS)
def test_columns_hold_what_they_are_for(works, column):
    wrong = [work[column] for work in works if not re.fullmatch(FORMS[column], work[column])]
    assert wrong == []


def test_no_work_is_told_twice(works):
    told = Counter((work["title"], work["author"]) for work in works)
    assert [one for one, times in told.items() if times > 1] == []
    sentences = Counter(work["description"] for work in works)
    assert [one for one, times in sentences.items() if times > 1] == []


def test_a_name_has_one_reading(works):
    readings = {(work["author"], work["author_reading"]) for work in works}
    assert [name for name, times in Counter(a for a, _ in readings).items() if times > 1] == []


def test_nothing_is_left_out(works, loaded):
    assert loaded.counts["inserted"] == Record.objects.count() == len(works)
    assert loaded.counts["items_inserted"] == Item.objects.count() > len(works)
    assert not loaded.counts["rejected"]
    assert not loaded.counts["items_rejected"]


def test_records_say_what_the_table_says(works, loaded):
    told = {(work["title"], work["author"]): work for work in works}
    for record in Record.objects.all():
        (person,) = record.contributors
        assert told[record.title, person["name"]] == {
            "title": record.title,
            "reading": record.title_reading,
            "author": person["name"],
            "author_reading": person["reading"],
            "role": person["role"],
            "ndc": record.ndc,
            "year": str(record.year),
            "subjects": ";".join(record.subjects),
            "for_children": str(int(record.for_children)),
            "material": record.material,
            "description": record.description,
        }
        assert record.language == "jpn"


def test_every_branch_has_something_to_take_along(loaded):
    codes = set(Branch.objects.values_list("code", flat=True))
    on_shelf = Item.objects.filter(state=ItemState.ON_SHELF)
    assert codes == set(on_shelf.values_list("branch__code", flat=True))


def test_a_work_has_its_copies_in_different_branches(loaded):
    places = Counter(Item.objects.values_list("record_id", "branch_id"))
    assert set(places.values()) == {1}
    copies = Counter(Item.objects.values_list("record_id", flat=True))
    assert set(copies.values()) == {1, 2, 3}


def test_most_is_on_the_shelf_and_some_is_not(loaded):
    states = Counter(Item.objects.values_list("state", flat=True))
    assert set(states) == {ItemState.ON_SHELF, ItemState.ON_LOAN, ItemState.REFERENCE}
    assert states[ItemState.ON_SHELF] > states.total() / 2
    assert states[ItemState.REFERENCE] < states[ItemState.ON_LOAN]


def test_labels_name_class_and_author(loaded):
    item = Item.objects.filter(record__title="吾輩は猫である").first()
    assert item.call_number == "913.6 ナ"


def test_loading_again_changes_nothing(loaded):
    before = list(Record.objects.values()), list(Item.objects.values())
    assert sample_catalog.load() is None
    assert (list(Record.objects.values()), list(Item.objects.values())) == before


def test_a_library_that_has_records_gets_none_of_these(db):
    Record.objects.create(control_number="own-1", title="市史", title_key="市史", grams="")
    assert sample_catalog.load() is None
    assert Record.objects.get().control_number == "own-1"
    assert not Item.objects.exists()


@pytest.mark.parametrize("word", ["漱石", "ソウセキ", "そうせき", "夏目漱石"])
def test_an_author_is_found_by_name_and_by_reading(works, loaded, word):
    names = {record.contributors[0]["name"] for record in found(q=word)}
    by_him = [work for work in works if work["author"] == "夏目漱石"]
    assert names == {"夏目漱石"}
    assert len(found(q=word)) == len(by_him)


def test_a_word_of_the_title_comes_first(loaded):
    titles = [record.title for record in found(q="猫")]
    assert {"吾輩は猫である", "猫の事務所", "猫町", "どんぐりと山猫"} <= set(titles)
    assert all("猫" in title for title in titles[:4])


def test_limits_find_what_is_rare(loaded):
    assert "ごん狐" in [record.title for record in found(material="braille")]
    children = found(q="小川未明", children="1")
    assert children
    assert all(record.for_children for record in children)
