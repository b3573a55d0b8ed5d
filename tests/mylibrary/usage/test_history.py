"""読書記録: kept by choice alone, and gone with the choice."""

import pytest

from circulation.local.lending import take_back
from circulation.models import HistoryChoice, ReadingHistory
from tests.mylibrary.usage.lent import HISTORY, a_loan, branch, somebody, words_of


def read(patron, title: str) -> None:
    loan = a_loan(patron, title)
    take_back(item_number=loan.item_number, branch=branch())


@pytest.fixture
def kept(at_home):
    at_home.post(f"{HISTORY}begin/")
    return at_home


def test_nothing_is_kept_before_it_is_chosen(at_home, member):
    read(member, "こころ")
    page = words_of(at_home.get(HISTORY))
    assert "図書館は、返却された資料の記録を残しません" in page
    assert "こころ" not in page
    assert not ReadingHistory.objects.exists()


def test_what_is_returned_from_then_on_is_listed_and_deleted_one_by_one(kept, member):
    read(member, "こころ")
    read(member, "門")
    page = words_of(kept.get(HISTORY))
    assert page.index("門") < page.index("こころ")
    one = ReadingHistory.objects.get(record__title="門")
    kept.post(f"{HISTORY}delete/", {"one": one.pk})
    page = words_of(kept.get(HISTORY))
    assert "こころ" in page
    assert "門" not in page


def test_nobody_deletes_what_somebody_else_has_read(kept, member):
    other = somebody()
    HistoryChoice.objects.create(patron=other)
    read(other, "こころ")
    kept.post(f"{HISTORY}delete/", {"one": ReadingHistory.objects.get().pk})
    kept.post(f"{HISTORY}delete-all/")
    kept.post(f"{HISTORY}end/")
    assert ReadingHistory.objects.get().patron == other
    assert HistoryChoice.objects.get().patron == other


@pytest.mark.parametrize(("button", "goes_on"), [("end", False), ("delete-all", True)])
def test_all_is_erased_when_asked_twice(kept, member, button, goes_on):
    read(member, "こころ")
    assert "元に戻すことはできません" in words_of(kept.get(f"{HISTORY}{button}/"))
    assert ReadingHistory.objects.exists()
    kept.post(f"{HISTORY}{button}/")
    assert not ReadingHistory.objects.exists()
    assert HistoryChoice.objects.exists() is goes_on
    read(member, "門")
    assert ReadingHistory.objects.exists() is goes_on


def test_what_the_catalogue_never_had_is_listed_by_its_title(kept, member):
    read(member, "こころ")
    ReadingHistory.objects.update(record=None, title="門")
    assert "門" in words_of(kept.get(HISTORY))


def test_a_long_history_has_pages(kept, member):
    first = a_loan(member).record
    ReadingHistory.objects.bulk_create(
        ReadingHistory(
            patron=member,
            record=first,
            lent_on="2026-01-01",
            returned_on=f"2026-02-{1 + number % 28:02}",
        )
        for number in range(51)
    )
    assert words_of(kept.get(HISTORY)).count("（吾輩は猫である）") == 50
    assert words_of(kept.get(f"{HISTORY}?page=2")).count("（吾輩は猫である）") == 1
    assert kept.get(f"{HISTORY}?page=nothing").status_code == 200
