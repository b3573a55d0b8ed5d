"""Whether the library has what somebody asks for: for certain by ISBN, perhaps by title."""

from catalog.models import Record
from catalog.records.availability import in_order
from catalog.search.criteria import Criteria, Field, Term, Whole
from catalog.search.hits import find
from catalog.search.nearest import nearest

MOST_SHOWN = 5


def of_isbn(isbn: str) -> list[Record]:
    """Return records of an ISBN in its 13 digits, as lists show them; none of no ISBN."""
    return _shown([Term(text=isbn, field=Field.ISBN)]) if isbn else []


def near(title: str, author: str) -> list[Record]:
    """Return records that may be the work: by words of both, else by the title, or one near it."""
    by_title = Term(text=title, field=Field.TITLE)
    by_author = Term(text=author, field=Field.AUTHOR)
    if not by_title.words:
        return []
    found = _shown([by_title, by_author] if by_author.words else [by_title])
    # Somebody else may have been taken for the author.
    found = found or _shown([Whole(text=title, field=Field.TITLE)])
    if not found and (other := nearest(title)):
        found = _shown([Whole(text=other, field=Field.TITLE)])
    return found


def _shown(terms: list[Term]) -> list[Record]:
    return in_order(find(Criteria(terms=tuple(terms)), range(MOST_SHOWN)).ids)
