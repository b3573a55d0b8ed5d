"""No number of a few people can be had from a published row, by subtraction or otherwise."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.publishing import SMALLEST_SHOWN, publish, publish_parts

numbers = st.one_of(st.integers(0, 8), st.integers(0, 500))
PARTS = {"children": ("a", "b"), "adults": ("c", "d", "e")}


def few(number: int) -> bool:
    return 0 < number < SMALLEST_SHOWN


def is_free(place: int, cells: list[int], hidden: Iterable[int], *, zeros: bool) -> bool:
    """Return whether a hidden cell could have another number, the sum and what is shown as is.

    One more there and one less in another that is hidden. A zero is hidden only with all others.
    """
    least = 0 if zeros else 1
    return any(other != place and cells[other] > least for other in hidden) or (
        cells[place] > least and len(set(hidden)) > 1
    )


@given(st.lists(numbers, min_size=2, max_size=12))
def test_a_hidden_cell_could_be_another_number(cells):
    shown = list(publish(dict(enumerate(cells))).values())
    hidden = [place for place, cell in enumerate(shown) if cell is None]
    assert all(
        cell is None or (cell == number and not few(cell))
        for cell, number in zip(shown, cells, strict=True)
    )
    assert bool(hidden) == any(map(few, cells))
    everything = len(hidden) == len(cells)
    assert all(is_free(place, cells, hidden, zeros=everything) for place in hidden)
    # What is hidden together is no small number itself, unless the known sum is.
    assert not few(sum(cells[place] for place in hidden)) or everything


@given(st.lists(numbers, min_size=5, max_size=5))
def test_neither_can_one_with_the_sums_of_its_parts(cells):
    row = dict(zip("abcde", cells, strict=True))
    shown = publish_parts(row, PARTS)
    sums = {name: sum(row[value] for value in part) for name, part in PARTS.items()}
    assert list(shown) == [*PARTS, *row]
    assert all(cell is None or cell == (sums | row)[name] for name, cell in shown.items())
    assert not any(few(cell) for cell in shown.values() if cell is not None)
    known = all(shown[part] is not None for part in PARTS)
    for group in PARTS.values() if known else ("abcde",):
        hidden = [place for place, value in enumerate(group) if shown[value] is None]
        everything = len(hidden) == len(group)
        values = [row[value] for value in group]
        assert all(is_free(place, values, hidden, zeros=everything) for place in hidden)
    if not known:
        # Else the sum of one part would be that of its cells, and give the other away.
        for part in PARTS.values():
            assert any(shown[value] is None for value in part)


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([30, 12, 7, 0], [30, 12, 7, 0]),
        ([30, 12, 3, 0], [30, None, None, 0]),
        ([30, 12, 4, 2], [30, 12, None, None]),
        ([30, 12, 1, 1], [30, None, None, None]),
        ([30, 1, 1, 1, 1, 1, 6], [30, None, None, None, None, None, None]),
        ([3, 0, 0], [None, None, None]),
    ],
)
def test_which_cells_go_together(cells, shown):
    assert list(publish(dict(enumerate(cells))).values()) == shown
