"""The records that meet criteria, in their order, and how they divide: two statements.

First the best by title (as it stands, and as it begins), then what the bigrams find, cut off at
`criteria.MOST`: what everything matches must not be put in order. All of it is one MATERIALIZED
set of ids; without it PostgreSQL walks an index in the order of the result, for a rare word to its
end.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from catalog.models import ItemState
from catalog.search.criteria import MOST, PER_PAGE, Criteria, Field, Operator, Sort, Term
from catalog.search.folding import words

_WEIGHTS = {Field.TITLE: "A", Field.AUTHOR: "B", Field.SUBJECT: "C", Field.PUBLISHER: "D"}
# D is the description, too: what a publisher's name was found in is looked at again.
_LOOKED_AT = {Field.PUBLISHER: "publisher_key"}
_ORDERS = {
    Sort.NEW: ("record.year", "DESC NULLS LAST"),
    Sort.OLD: ("record.year", "NULLS LAST"),
    Sort.ADDED: ("record.added_at", "DESC"),
}
_BEST = """
(record.title_key = %s)::int + starts_with(record.title_key, %s)::int
+ ts_rank('{0.05, 0.2, 0.5, 1}', record.grams, %s::tsquery)
"""
# How many titles are taken ahead of all others.
_SAME_TITLES, _BEGINNINGS = 200, 1000


class Hits(NamedTuple):
    """The ids of one page; `total` counts to `MOST`, `has_more` says that there are others."""

    ids: list[int]
    total: int
    has_more: bool


class Facet(NamedTuple):
    """One value that hits have, and how many have it."""

    kind: str
    value: str
    hits: int


class Condition(NamedTuple):
    """A part of a WHERE clause with its parameters."""

    sql: str
    parameters: list[Any]


def find(criteria: Criteria) -> Hits:
    """Return one page of what meets the criteria."""
    worth, direction = _order(criteria)
    columns = Condition(f"{worth.sql} AS worth, record.year", worth.parameters)
    candidates = _candidates(criteria, columns)
    statement = f"""
WITH found AS MATERIALIZED ({candidates.sql})
SELECT (SELECT count(*) FROM found), id FROM found
ORDER BY worth {direction}, year DESC NULLS LAST, id DESC LIMIT %s OFFSET %s
"""  # noqa: S608
    parameters = [*candidates.parameters, PER_PAGE, (criteria.page - 1) * PER_PAGE]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    total = rows[0][0] if rows else 0
    return Hits(ids=[row[1] for row in rows], total=min(total, MOST), has_more=total > MOST)


def facets(criteria: Criteria) -> list[Facet]:
    """Return how the hits divide by material, language, class, year and branch."""
    columns = "record.material, record.language, left(record.ndc, 1) AS class, record.year"
    candidates = _candidates(criteria, Condition(columns, []))
    statement = f"""
WITH known AS MATERIALIZED ({candidates.sql})
SELECT 'material', material, count(*) FROM known GROUP BY material
UNION ALL SELECT 'language', language, count(*) FROM known WHERE language <> '' GROUP BY language
UNION ALL SELECT 'class', class, count(*) FROM known WHERE class <> '' GROUP BY class
UNION ALL SELECT 'year', year::text, count(*) FROM known WHERE year IS NOT NULL GROUP BY year
UNION ALL SELECT 'branch', branch.code, count(DISTINCT item.record_id)
    FROM known JOIN catalog_item item ON item.record_id = known.id
    JOIN branches_branch branch ON branch.id = item.branch_id GROUP BY branch.code
"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, candidates.parameters)
        return [Facet(*row) for row in cursor.fetchall()]


def _candidates(criteria: Criteria, columns: Condition) -> Condition:
    """Return the query of what is to be put in order, one more than is shown, with columns."""
    terms = _terms(criteria.terms)
    limits = list(_limits(criteria))
    arms = [(_all([terms, *limits] if terms else limits), MOST + 1)]
    if key := _title(criteria):
        begins = Condition("record.title_key LIKE %s", [f"{_literally(key)}%"])
        same = Condition("record.title_key = %s", [key])
        arms += [(_all([begins, *limits]), _BEGINNINGS), (_all([same, *limits]), _SAME_TITLES)]
    sql = " UNION ".join(
        f"(SELECT record.id, {columns.sql} FROM catalog_record record"  # noqa: S608
        f" WHERE record.deleted_at IS NULL AND {arm.sql} LIMIT {most})"
        for arm, most in arms
    )
    return Condition(
        sql, [value for arm, _ in arms for value in (*columns.parameters, *arm.parameters)]
    )


def _all(conditions: list[Condition]) -> Condition:
    sql = " AND ".join(f"({condition.sql})" for condition in conditions) or "true"
    return Condition(sql, [value for condition in conditions for value in condition.parameters])


def _title(criteria: Criteria) -> str:
    """Return the text that may be a whole title, without its spaces within Japanese."""
    first = criteria.terms[0] if len(criteria.terms) == 1 else None
    if first is None or first.isbn or first.field not in (Field.ANY, Field.TITLE):
        return ""
    return "".join(first.words) if len(first.words) == 1 else " ".join(first.words)


def _order(criteria: Criteria) -> tuple[Condition, str]:
    """Return what a record is worth, and in which direction that goes."""
    if criteria.sort != Sort.BEST:
        column, direction = _ORDERS[criteria.sort]
        return Condition(column, []), direction
    looked_for = (term for term in criteria.terms if term.operator != Operator.NOT)
    query = " & ".join(words(word) for term in looked_for for word in term.words)
    key = _title(criteria)
    return Condition(_BEST, [key, key, query]), "DESC"


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
        word = "OR" if term.operator == Operator.OR else "AND"
        sql = f"({joined.sql}) {word} ({found.sql})"
        joined = Condition(sql, [*joined.parameters, *found.parameters])
    return joined


def _term(term: Term) -> Condition:
    if term.isbn:
        return Condition("record.isbns @> %s::varchar[]", [[term.isbn]])
    if term.field == Field.ISBN:
        return Condition("false", [])
    if term.field == Field.NDC:
        begins = "".join(term.words).replace(" ", ".")
        return Condition("record.ndc LIKE %s", [f"{_literally(begins)}%"])
    weights = _WEIGHTS.get(term.field, "")
    found = [Condition("record.grams @@ %s::tsquery", [_tsquery(term, weights)])]
    if column := _LOOKED_AT.get(term.field):
        found += [
            Condition(f"record.{column} LIKE %s", [f"%{_literally(word)}%"]) for word in term.words
        ]
    return _all(found)


def _tsquery(term: Term, weights: str) -> str:
    return " & ".join(words(word, weights) for word in term.words)


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _limits(criteria: Criteria) -> Iterator[Condition]:
    for column, values in (("material", criteria.materials), ("language", criteria.languages)):
        if values:
            yield Condition(f"record.{column} = ANY(%s)", [list(values)])
    if criteria.classes:
        yield Condition("left(record.ndc, 1) = ANY(%s)", [list(criteria.classes)])
    if criteria.year_from:
        yield Condition("record.year >= %s", [criteria.year_from])
    if criteria.year_to:
        yield Condition("record.year <= %s", [criteria.year_to])
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
