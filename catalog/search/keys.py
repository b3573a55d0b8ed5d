"""What of a record is searched: its keys and bigrams, made from what it says."""

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from catalog.search.folding import fold, fold_reading, vector


class Described(Protocol):
    """What the search reads of a record."""

    title: str
    title_reading: str
    volume: str
    series: str
    contributors: list[dict[str, Any]]
    publisher: str
    subjects: list[str]
    description: str


class Keys(NamedTuple):
    """The columns of `Record` that serve the search."""

    title_key: str
    author_key: str
    publisher_key: str
    subject_key: str
    grams: str


# A B-tree of PostgreSQL takes no longer value.
MAXIMUM_TITLE_KEY = 600


# Many records share people, publishers, subjects and series.
_heading = lru_cache(1 << 14)(fold)


def keys_of(record: Described) -> Keys:
    """Return the keys: title and its reading A, people B, subjects and series C, the rest D."""
    title = fold(record.title)
    names = [_heading(one["name"]) for one in record.contributors]
    readings = [_heading(one.get("reading", "")) for one in record.contributors]
    publisher, series = _heading(record.publisher), _heading(record.series)
    subjects = [_heading(subject) for subject in record.subjects]
    texts = {
        "A": (title, fold_reading(record.title_reading), fold(record.volume)),
        "B": (*names, *readings),
        "C": (*subjects, series),
        "D": (publisher, fold(record.description)),
    }
    return Keys(
        title_key=title[:MAXIMUM_TITLE_KEY],
        author_key="\n".join(filter(None, (*names, *readings))),
        publisher_key=publisher,
        subject_key="\n".join(filter(None, (*subjects, series))),
        grams=vector((text, weight) for weight, kind in texts.items() for text in kind),
    )
