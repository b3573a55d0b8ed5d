"""Which cells of a table are not shown, so that few people cannot be told from it.

A cell of 1 to 4 would point to single people, in a small town by the month to persons whom staff
know; below five is what statistical offices commonly withhold. The sum beside a row is known, so
hiding one cell hides nothing: a second goes with it, until together they are no small number
either, and none of them is forced to be 1. Rows are of one month, which is over, and of one
dimension; sums over months are shown only where nothing in them is hidden, so they add nothing.
"""

from collections.abc import Collection, Mapping, Sequence

SMALLEST_SHOWN = 5
HIDDEN = "＊"


def hidden(cells: Sequence[int]) -> set[int]:
    """Return the places of the cells that are not shown where the sum of all of them is."""
    found = {place for place, number in enumerate(cells) if 0 < number < SMALLEST_SHOWN}
    if not found:
        return set()
    others = sorted((n, place) for place, n in enumerate(cells) if n >= SMALLEST_SHOWN)
    while not _is_enough([cells[place] for place in found]):
        if not others:
            return set(range(len(cells)))
        found.add(others.pop(0)[1])
    return found


def _is_enough(cells: Collection[int]) -> bool:
    return len(cells) >= 2 and sum(cells) >= SMALLEST_SHOWN and sum(cells) > len(cells)


def publish(row: Mapping[str, int]) -> dict[str, int | None]:
    """Return a row with None in place of what is not shown."""
    places = hidden(list(row.values()))
    return {
        value: None if place in places else number
        for place, (value, number) in enumerate(row.items())
    }


def publish_parts(
    row: Mapping[str, int], parts: Mapping[str, Collection[str]]
) -> dict[str, int | None]:
    """Return a row with the sums of its parts in front, and None for what is not shown.

    Every value is in one part. Where the sums are shown, each part hides what its own sum would
    give away; where they are not, the sum of the whole row is all that is known.
    """
    sums = publish({name: sum(row[value] for value in part) for name, part in parts.items()})
    if None in sums.values():
        return sums | publish(row)
    shown = dict(sums)
    for part in parts.values():
        shown |= publish({value: row[value] for value in row if value in part})
    return {name: shown[name] for name in (*parts, *row)}
