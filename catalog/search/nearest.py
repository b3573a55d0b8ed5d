"""Did you mean: the title or name nearest to a text that nothing was found for.

Whatever is wrong in one place, the text on both sides of it is right: what has both is found by the
bigrams that are there anyway, and compared letter by letter. Indexes for trigram similarity were
measured and left out: for 200 thousand records they have 31 MB, half a second is needed for some
names, and fewer are found (56 of 100 names with one wrong letter, 77 titles; here 78 and 85).
"""

import json
from collections.abc import Iterator
from difflib import get_close_matches

from catalog.search.folding import fold, phrase
from catalog.search.hits import Condition, planned_for_its_parameters

SHORTEST, LONGEST = 3, 24
# Up to here one letter is taken for wrong, in longer texts two (that changed places, say).
SHORT = 6
LOOKED_AT = 2000
# One wrong letter of three, four or more.
NEAR_ENOUGH = 0.66


def nearest(text: str) -> str:
    """Return a title or name that is nearly what was typed; "" where none is near."""
    key = fold(text)
    if not SHORTEST <= len(key) <= LONGEST:
        return ""
    statement = similar_statement(key)
    with planned_for_its_parameters() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        rows = cursor.fetchall()
    known = {fold(said): said for row in rows for said in _said(*row)}
    return next((known[one] for one in get_close_matches(key, known, 1, NEAR_ENOUGH)), "")


def similar_statement(key: str) -> Condition:
    """Return the statement that finds the titles and people of what is right in some places."""
    query = " | ".join(dict.fromkeys(_right(key)))
    sql = """
SELECT title, contributors FROM catalog_record record
WHERE record.deleted_at IS NULL AND record.grams @@ %s::tsquery LIMIT %s
"""
    return Condition(sql, [query, LOOKED_AT])


def _right(key: str) -> Iterator[str]:
    """Yield what finds the rest of a text, for each place in it that may be wrong."""
    wrong = 1 if len(key) <= SHORT else 2
    for place in range(len(key) - wrong + 1):
        sides = (key[:place].strip(), key[place + wrong :].strip())
        parts = [phrase(side, "AB") for side in sides if len(side) > 1]
        if parts:
            yield f"({' & '.join(parts)})"


def _said(title: str, contributors: str) -> Iterator[str]:
    yield title
    for one in json.loads(contributors):
        yield from filter(None, (one["name"], one.get("reading")))
