"""What arrives: found as the search finds it, and only what is new."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.shelves import fill
from catalog.models import Record
from catalog.search import arriving
from catalog.search.arriving import Place, arrived
from catalog.search.criteria import Criteria, Field, Operator, read
from catalog.search.hits import find
from tests.catalog.shelves import a_record
from tests.catalog.test_criteria import ADDRESSES, asked

pytestmark = pytest.mark.django_db
BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
NEW = datetime(2026, 1, 1, tzinfo=UTC)
AFTER = NEW + timedelta(days=1)
RECORDS = 300
# What stands in some made-up records and in others not.
WORDS = st.sampled_from(
    [
        "の",
        "人間",
        "図書館",
        "史",
        "社",
        "叢書",
        "ア",
        "カ",
        "9784000000093",
        "9784000000079",
        "913",
        "4",
    ]
)
SEARCHES = st.fixed_dictionaries(
    {"word1": WORDS},
    optional={
        **{f"word{row}": WORDS for row in (2, 3)},
        **{f"field{row}": st.sampled_from(Field.values) for row in (1, 2, 3)},
        **{f"operator{row}": st.sampled_from(Operator.values) for row in (2, 3)},
        "material": st.sampled_from(["book", "video"]),
        "branch": st.sampled_from(["main", "compal"]),
        "language_of_text": st.sampled_from(["jpn", "eng"]),
        "class": st.sampled_from([*"0123456789"]),
        "year_from": st.just("1990"),
        "year_to": st.just("2010"),
        "available": st.just("1"),
        "children": st.just("1"),
    },
)


@pytest.fixture
def shelves() -> set[int]:
    """Some hundred records, of which every third is new, and one in two languages; the new ones."""
    fill(RECORDS)
    a_record("図書館史のすべて cats and dogs", added_at=NEW)
    made = Record.objects.filter(control_number__startswith="S")
    made.extra(where=["right(control_number, 4)::int %% 3 > 0"]).update(added_at=BEFORE)
    return set(Record.objects.filter(added_at=NEW).values_list("pk", flat=True))


def matched(*searches: Criteria, most: int = 10_000) -> dict[str, set[int]]:
    """Return what each search finds of what arrived after BEFORE."""
    found: dict[str, set[int]] = {str(place): set() for place, _ in enumerate(searches)}
    with connection.cursor() as cursor:
        assert arriving.take(cursor, Place(BEFORE, 1 << 62), AFTER)
        arriving.match([(str(place), one) for place, one in enumerate(searches)], most)
        cursor.execute("SELECT search, record_id FROM found")
        for search, record in cursor.fetchall():
            assert record not in found[search]
            found[search].add(record)
    return found


@settings(max_examples=120)
@given(st.lists(SEARCHES | ADDRESSES, min_size=1, max_size=4))
@example([{"q": "図書館史の"}, {"q": "図書館史のすべて cats an"}])
def test_of_what_is_new_that_is_found_which_the_search_finds(shelves, given):
    searches = [read(asked(**one)) for one in given]
    hits = [set(find(one, range(10_000)).ids) & shelves for one in searches]
    assert list(matched(*searches).values()) == hits
    for one, ids in zip(searches, hits, strict=True):
        shown = arrived(one, NEW, 10_000)
        assert (set(shown.ids), shown.total) == (ids, len(ids))


def test_the_searches_of_the_property_find_something(shelves):
    found = matched(*(read(asked(word1=one)) for one in ("の", "図書館", "9784000000093", "ア")))
    assert all(found.values())


def test_no_more_is_kept_of_a_search_than_asked_for(shelves):
    assert len(matched(read(asked(q="の")), most=5)["0"]) == 5


def test_the_newest_are_previewed_first_and_all_are_counted():
    made = [a_record("猫", added_at=NEW + timedelta(hours=hour)).pk for hour in range(4)]
    a_record("猫", added_at=NEW, deleted_at=timezone.now())
    found = arrived(read(asked(q="猫")), NEW + timedelta(hours=1), 2)
    assert (found.ids, found.total, found.has_more) == ([made[3], made[2]], 3, False)


def test_parts_follow_each_other_and_leave_nothing_out(monkeypatch):
    monkeypatch.setattr(arriving, "RECORDS_AT_ONCE", 4)
    late = [a_record("猫", added_at=NEW + timedelta(seconds=number // 3)).pk for number in range(9)]
    a_record("猫", added_at=AFTER)
    place, seen = Place(NEW), []
    while place:
        with connection.cursor() as cursor:
            place = arriving.take(cursor, place, AFTER)
            cursor.execute("SELECT id FROM arrived ORDER BY added_at, id")
            seen.append([one for (one,) in cursor.fetchall()])
    assert seen == [late[:4], late[4:8], late[8:], []]


def test_more_searches_than_one_statement_takes_are_all_asked(monkeypatch):
    monkeypatch.setattr(arriving, "SEARCHES_AT_ONCE", 2)
    made = a_record("猫", added_at=NEW)
    found = matched(*(read(QueryDict("q=猫")) for _ in range(5)))
    assert list(found.values()) == [{made.pk}] * 5
