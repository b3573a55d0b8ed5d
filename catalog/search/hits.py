"""The records that meet criteria, in their order, and how they divide: one statement.

First the best by title (as it stands, and as it begins), then what the bigrams find, cut off at
`criteria.MOST`: what everything matches must not be put in order. All of it is one MATERIALIZED
set of ids; without it PostgreSQL walks an index in the order of the result, for a rare word to its
end. Only where more than `MOST` are known to be there, a second statement walks it: the newest are
soon found then, and might not be among those that were not cut off.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from catalog.models import ItemState
from catalog.search.criteria import (
    MOST,
    PER_PAGE,
    Criteria,
    Field,
    Group,
    Operator,
    Sort,
    Term,
    Whole,
    Years,
)
from catalog.search.folding import fold, phrase
from catalog.search.keys import MAXIMUM_TITLE_KEY

_WEIGHTS = {Field.TITLE: "A", Field.AUTHOR: "B", Field.SUBJECT: "C", Field.PUBLISHER: "D"}
# D is the description, too: what a publisher's name was found in is looked at again.
_LOOKED_AT = {Field.PUBLISHER: "publisher_key"}
# What holds a field whole, one value a line.
_WHOLE = {Field.AUTHOR: "author_key", Field.SUBJECT: "subject_key"} | _LOOKED_AT
_ORDERS = {
    Sort.NEW: ("record.year", "DESC NULLS LAST"),
    Sort.OLD: ("record.year", "NULLS LAST"),
    Sort.ADDED: ("record.added_at", "DESC"),
}
# The indexes that are walked; within a year, their order is that of the index.
_WALKS = {
    Sort.NEW: ("year DESC", "year IS NOT NULL"),
    Sort.OLD: ("year", "year IS NOT NULL"),
    Sort.ADDED: ("added_at DESC, id DESC", "true"),
}
# How many records a walk looks at: a third of a second where it finds nothing.
_STEPS = 100_000
# A rank is less than 1.
_BEST = """
(record.title_key = %s)::int + starts_with(record.title_key, %s)::int
+ ts_rank('{0.05, 0.2, 0.5, 1}', record.grams, %s::tsquery)
"""
# How many titles are taken ahead of all others.
_SAME_TITLES, _BEGINNINGS = 200, 1000
# Nothing sorts behind it, in the order of the locale C.UTF-8.
_LAST_CHARACTER = "\U0010ffff"


class Facet(NamedTuple):
    """One value that hits have, and how many have it."""

    kind: str
    value: str
    hits: int


class Hits(NamedTuple):
    """The ids of one page; `total` counts to `MOST`, `has_more` says that there are others.

    `facets` say how all hits divide by material, language, class, year and branch, where asked.
    """

    ids: list[int]
    total: int
    has_more: bool
    facets: list[Facet]


class Condition(NamedTuple):
    """A part of a WHERE clause with its parameters."""

    sql: str
    parameters: list[Any]


def find(criteria: Criteria, part: range | None = None, *, with_facets: bool = False) -> Hits:
    """Return one page of what meets the criteria; or a part of it, by places counted from 0."""
    if part is None:
        part = range((criteria.page - 1) * PER_PAGE, criteria.page * PER_PAGE)
    found = hits_statement(criteria, part, with_facets=with_facets)
    with planned_for_its_parameters() as cursor:
        cursor.execute(found.sql, found.parameters)
        total, ids, facets = cursor.fetchone()
        if total > MOST and criteria.sort in _WALKS:
            walk = walk_statement(criteria, part)
            cursor.execute(walk.sql, walk.parameters)
            first = [one for (one,) in cursor.fetchall()]
            # A walk that ended too soon leaves room for others.
            ids = [*first, *(one for one in ids if one not in first)][: len(part)]
    facets = [Facet(*one) for one in json.loads(facets or "[]")]
    return Hits(ids=ids, total=min(total, MOST), has_more=total > MOST, facets=facets)


@contextmanager
def planned_for_its_parameters() -> Iterator[CursorWrapper]:
    """Lend a cursor that prepares nothing: a plan for any word is wrong for rare ones."""
    with connection.cursor() as cursor:
        driver = connection.connection
        threshold, driver.prepare_threshold = driver.prepare_threshold, None
        try:
            yield cursor
        finally:
            driver.prepare_threshold = threshold


def hits_statement(criteria: Criteria, part: range, *, with_facets: bool = False) -> Condition:
    """Return the statement of `find`: how many, the ids of the page, and the facets as JSON."""
    worth, direction = _order(criteria)
    columns = [f"{worth.sql} AS worth", "record.year"]
    facets = Condition("NULL", [])
    if with_facets:
        columns += ["record.material", "record.language", "left(record.ndc, 1) AS class"]
        facets = _facets(criteria)
    candidates = _candidates(criteria, Condition(", ".join(columns), worth.parameters))
    statement = f"""
WITH found AS MATERIALIZED ({candidates.sql})
SELECT (SELECT count(*) FROM found), ARRAY(
    SELECT id FROM found ORDER BY worth {direction}, year DESC NULLS LAST, id DESC
    LIMIT %s OFFSET %s
), {facets.sql}
"""  # noqa: S608
    bounds = [len(part), part.start]
    return Condition(statement, [*candidates.parameters, *bounds, *facets.parameters])


def walk_statement(criteria: Criteria, part: range) -> Condition:
    """Return the statement that finds a page of very many by the index of their order."""
    order, known = _WALKS[criteria.sort]
    years = list(_years(criteria)) if criteria.sort != Sort.ADDED else []
    walked, wanted = _all(years), _wanted(criteria)
    statement = f"""
SELECT id FROM (
    SELECT * FROM catalog_record record WHERE deleted_at IS NULL AND {known} AND {walked.sql}
    ORDER BY {order} LIMIT %s
) record WHERE {wanted.sql} ORDER BY {order} LIMIT %s OFFSET %s
"""  # noqa: S608
    bounds = [len(part), part.start]
    return Condition(statement, [*walked.parameters, _STEPS, *wanted.parameters, *bounds])


def meets(criteria: Criteria) -> Condition:
    """Return what holds of every `record` that `find` finds, however many there are."""
    ways = [_wanted(criteria)]
    if key := _title(criteria):
        # A whole title is its own beginning.
        ways.append(_all([_title_begins(key), *_limits(criteria)]))
    return _joined(" OR ", ways)


def _facets(criteria: Criteria) -> Condition:
    """Return what counts how `found` divides."""
    # As the limit 貸出可能のみ takes a branch: something is on a shelf there.
    items = "AND item.state = %s" if criteria.available else ""
    state = [ItemState.ON_SHELF.value] if criteria.available else []
    # OFFSET 0 keeps the look at each hit's items: joined, all items would be read. They lie as
    # their records do.
    sql = f"""(SELECT json_agg(json_build_array(kind, value, hits))::text FROM (
    SELECT 'material' AS kind, material AS value, count(*) AS hits FROM found GROUP BY material
    UNION ALL
    SELECT 'language', language, count(*) FROM found WHERE language <> '' GROUP BY language
    UNION ALL
    SELECT 'class', class, count(*) FROM found WHERE class BETWEEN '0' AND '9' GROUP BY class
    UNION ALL
    SELECT 'year', year::text, count(*) FROM found WHERE year IS NOT NULL GROUP BY year
    UNION ALL
    SELECT 'branch', branch.code, held.hits FROM (
        SELECT branch_id, count(*) AS hits FROM (
            SELECT DISTINCT hit.id, item.branch_id FROM (SELECT id FROM found ORDER BY id) hit
            CROSS JOIN LATERAL (
                SELECT branch_id FROM catalog_item item
                WHERE item.record_id = hit.id {items} OFFSET 0
            ) item
        ) pair GROUP BY branch_id
    ) held JOIN branches_branch branch ON branch.id = held.branch_id
) facet)"""  # noqa: S608
    return Condition(sql, state)


def _candidates(criteria: Criteria, columns: Condition) -> Condition:
    """Return the query of what is to be put in order, one more than is shown, with columns."""
    limits = list(_limits(criteria))
    arms = [(_wanted(criteria), "", MOST + 1)]
    if key := _title(criteria):
        begins = _title_begins(key)
        same = Condition("record.title_key = %s", [key])
        arms += [
            # In the order of their index, or the table would be read for them.
            (_all([begins, *limits]), "ORDER BY record.title_key USING ~<~", _BEGINNINGS),
            (_all([same, *limits]), "", _SAME_TITLES),
        ]
    sql = " UNION ".join(
        f"(SELECT record.id, {columns.sql} FROM catalog_record record"  # noqa: S608
        f" WHERE record.deleted_at IS NULL AND {arm.sql} {order} LIMIT {most})"
        for arm, order, most in arms
    )
    return Condition(
        sql, [value for arm, *_ in arms for value in (*columns.parameters, *arm.parameters)]
    )


def _wanted(criteria: Criteria) -> Condition:
    terms, limits = _terms(criteria.terms), list(_limits(criteria))
    return _all([terms, *limits] if terms else limits)


def _all(conditions: list[Condition]) -> Condition:
    return _joined(" AND ", conditions) if conditions else Condition("true", [])


def _joined(word: str, conditions: list[Condition]) -> Condition:
    sql = word.join(f"({condition.sql})" for condition in conditions)
    return Condition(sql, [value for condition in conditions for value in condition.parameters])


def _beginning(column: str, begins: str, least: str = ">=", less: str = "<") -> Condition:
    """Return what finds values that begin so, by their index."""
    sql = f"record.{column} {least} %s AND record.{column} {less} %s"
    return Condition(sql, [begins, begins + _LAST_CHARACTER])


def _title_begins(key: str) -> Condition:
    return _beginning("title_key", key, "~>=~", "~<~")


def _title(criteria: Criteria) -> str:
    """Return the text that may be a whole title, as titles are kept; "" where it is none."""
    first = criteria.terms[0] if len(criteria.terms) == 1 else None
    if type(first) is not Term or first.isbn or first.operator == Operator.NOT:
        return ""
    return fold(first.text) if first.field in (Field.ANY, Field.TITLE) else ""


def _order(criteria: Criteria) -> tuple[Condition, str]:
    """Return what a record is worth, and in which direction that goes."""
    if criteria.sort != Sort.BEST:
        column, direction = _ORDERS[criteria.sort]
        return Condition(column, []), direction
    query = " & ".join(filter(None, map(_tsquery, _looked_for(criteria.terms))))
    key = _title(criteria)
    return Condition(_BEST, [key, key, query]), "DESC"


def _looked_for(terms: tuple[Term, ...]) -> Iterator[Term]:
    for term in terms:
        if term.operator == Operator.NOT:
            continue
        if isinstance(term, Group):
            yield from _looked_for(term.terms)
        else:
            yield term


def _terms(terms: tuple[Term, ...]) -> Condition | None:
    """Join the terms from left to right: ((1 and 2) or 3) and not 4."""
    joined: Condition | None = None
    for term in terms:
        found = _term(term)
        if term.operator == Operator.NOT:
            found = Condition(f"NOT ({found.sql})", found.parameters)
        if joined is None:
            joined = found
            continue
        word = " OR " if term.operator == Operator.OR else " AND "
        joined = _joined(word, [joined, found])
    return joined


def _term(term: Term) -> Condition:
    if isinstance(term, Group):
        return _terms(term.terms) or Condition("true", [])
    if isinstance(term, Years):
        if term.start is None or term.end is None:
            return Condition("true", [])
        return Condition("record.year BETWEEN %s AND %s", [term.start, term.end])
    if isinstance(term, Whole):
        return _whole(term)
    if term.isbn:
        return Condition("record.isbns @> %s::varchar[]", [[term.isbn]])
    if term.field == Field.ISBN:
        return Condition("false", [])
    if term.field == Field.NDC:
        # Of a picture book it is E.
        return _beginning("ndc", fold(term.text).upper().replace(" ", "."))
    found = [Condition("record.grams @@ %s::tsquery", [_tsquery(term)])]
    if column := _LOOKED_AT.get(term.field):
        found += [Condition(f"strpos(record.{column}, %s) > 0", [word]) for word in term.words]
    return _all(found)


def _whole(term: Whole) -> Condition:
    key = fold(term.text)
    if column := _WHOLE.get(term.field):
        named = Condition("record.grams @@ %s::tsquery", [phrase(key, _WEIGHTS[term.field])])
        same = Condition(f"%s = ANY(string_to_array(record.{column}, E'\\n'))", [key])
        return _all([named, same])
    key = key[:MAXIMUM_TITLE_KEY]
    if term.is_begun:
        return _title_begins(key)
    return Condition("record.title_key = %s", [key])


def _tsquery(term: Term) -> str:
    weights = _WEIGHTS.get(term.field, "")
    return " & ".join(f"({phrase(word, weights)})" for word in term.words)


def _limits(criteria: Criteria) -> Iterator[Condition]:
    for column, values in (("material", criteria.materials), ("language", criteria.languages)):
        if values:
            yield Condition(f"record.{column} = ANY(%s)", [list(values)])
    if criteria.classes:
        yield _joined(" OR ", [_beginning("ndc", number) for number in criteria.classes])
    yield from _years(criteria)
    if criteria.for_children:
        yield Condition("record.for_children", [])
    if criteria.branches or criteria.available:
        sql = "SELECT FROM catalog_item item WHERE item.record_id = record.id"
        parameters: list[Any] = []
        if criteria.available:
            sql += " AND item.state = %s"
            parameters.append(ItemState.ON_SHELF.value)
        if criteria.branches:
            sql += " AND item.branch_id IN (SELECT id FROM branches_branch WHERE code = ANY(%s))"
            parameters.append(list(criteria.branches))
        yield Condition(f"EXISTS ({sql})", parameters)


def _years(criteria: Criteria) -> Iterator[Condition]:
    if criteria.year_from:
        yield Condition("record.year >= %s", [criteria.year_from])
    if criteria.year_to:
        yield Condition("record.year <= %s", [criteria.year_to])
