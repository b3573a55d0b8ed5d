"""ベスト貸出 and ベスト予約: of what was counted, and of nobody."""

from datetime import date, timedelta

import pytest

from catalog.models import Record
from circulation import rankings
from circulation.local.holding import cancel_hold, place_hold
from circulation.local.lending import lend
from circulation.models import DayCount, RankedRecord
from circulation.rankings import DAYS, FEWEST, PLACES, rank_and_forget

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 30)


def counted(title: str, *, days_ago: int = 1, **counts: int) -> Record:
    found = Record.objects.create(control_number=title, title=title)
    DayCount.objects.create(record=found, day=TODAY - timedelta(days=days_ago), **counts)
    return found


def titles(kind: str) -> list[tuple[int, str]]:
    places = RankedRecord.objects.filter(kind=kind).select_related("record")
    return [(one.place, one.record.title) for one in places]


def test_the_most_frequent_stand_first_and_few_stand_nowhere():
    counted("猫", loans=FEWEST, holds=FEWEST - 1)
    counted("坊っちゃん", loans=FEWEST + 3)
    counted("門", loans=FEWEST - 1)
    often = counted("心", loans=FEWEST - 1)
    DayCount.objects.create(record=often, day=TODAY - timedelta(days=DAYS), loans=1)
    rank_and_forget(today=TODAY)
    assert titles("loans") == [(1, "坊っちゃん"), (2, "猫"), (2, "心")]
    assert titles("holds") == []


def test_one_patron_makes_no_ranking_by_asking_and_cancelling(record, item, patron, other, main):
    ask = {"record": record, "pickup": main}
    for _ in range(FEWEST):
        cancel_hold(patron=patron, hold_id=place_hold(patron=patron, **ask).pk)
    assert not DayCount.objects.exists()
    place_hold(patron=other, **ask)
    cancel_hold(patron=patron, hold_id=place_hold(patron=patron, **ask).pk)
    assert DayCount.objects.values_list("loans", "holds").get() == (0, 1)
    lend(patron=other, item_number=item.number, branch=main)
    cancel_hold(patron=patron, hold_id=place_hold(patron=patron, **ask).pk)
    assert DayCount.objects.values_list("loans", "holds").get() == (1, 1)


def test_today_and_what_is_long_ago_count_nothing_and_the_latter_is_forgotten():
    counted("猫", days_ago=0, loans=FEWEST)
    counted("心", days_ago=DAYS + 1, loans=FEWEST)
    assert rank_and_forget(today=TODAY) == 0
    assert list(DayCount.objects.values_list("day", flat=True)) == [TODAY]


def test_of_equals_at_the_end_all_stand_or_none():
    for number in range(PLACES - 1):
        counted(f"多い {number}", loans=FEWEST + 1)
    counted("同じ 1", loans=FEWEST)
    rank_and_forget(today=TODAY)
    assert len(titles("loans")) == PLACES
    counted("同じ 2", loans=FEWEST)
    rank_and_forget(today=TODAY)
    assert {place for place, _ in titles("loans")} == {1}


def test_the_pages_show_them_and_the_home_page_only_where_there_are_any(client):
    rankings.RANKINGS.read()
    assert "ベスト貸出" not in client.get("/").text
    assert "お見せできる順位はありません" in client.get("/catalog/rankings/").text
    counted("坊っちゃん", loans=FEWEST)
    deleted = counted("消えた本", loans=FEWEST)
    rank_and_forget(today=TODAY)
    Record.objects.filter(pk=deleted.pk).update(deleted_at="2026-11-30T00:00Z")
    rankings.RANKINGS.read()
    home = client.get("/").text
    assert 'href="/catalog/rankings/#loans"' in home
    assert "ベスト予約" not in home
    page = client.get("/catalog/rankings/").text
    assert "坊っちゃん" in page
    assert "1位" in page
    assert "消えた本" not in page
