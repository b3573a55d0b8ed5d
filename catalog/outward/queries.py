"""A query in CQL as criteria of the catalogue's own search.

A word is found wherever it stands in a text, as in the search field, so a `*` at its end changes
nothing but in whole titles. `=` and `all` look for all words, `any` for one of them, `adj` for the
text as it stands, `exact` and `==` for nothing but it.
"""

import re
from dataclasses import replace

from catalog.outward.cql import Clause, Diagnosed, Query, parse
from catalog.search.criteria import (
    MAXIMUM_TYPED,
    Criteria,
    Field,
    Group,
    Operator,
    Term,
    Whole,
    Years,
    typed_text,
)

MOST_TERMS = 10
_DATE, _ALL = "date", "allRecords"
_FIELDS: dict[str, Field | str] = {
    **{"title": Field.TITLE, "creator": Field.AUTHOR, "subject": Field.SUBJECT},
    **{"publisher": Field.PUBLISHER, "date": _DATE},
}
# By context set, in small letters; the first set is that of names without one.
INDEXES: dict[str, dict[str, Field | str]] = {
    "": _FIELDS | {"author": Field.AUTHOR, "isbn": Field.ISBN, "anywhere": Field.ANY},
    "dc": _FIELDS | {"contributor": Field.AUTHOR, "identifier": Field.ISBN},
    "bath": {
        **{"title": Field.TITLE, "author": Field.AUTHOR, "name": Field.AUTHOR},
        **{"subject": Field.SUBJECT, "isbn": Field.ISBN, "any": Field.ANY},
    },
    "cql": {"anywhere": Field.ANY, "serverchoice": Field.ANY, "allrecords": _ALL},
}
INDEXES[""] |= INDEXES["cql"]
_WORDS = ("=", "scr", "all", "any", "adj")
_WHOLE = ("exact", "==")
_COMPARED = ("<", "<=", ">", ">=", "within")
_RELATIONS = frozenset({*_WORDS, *_WHOLE, *_COMPARED, "encloses"})
_YEAR = re.compile("[0-9]{1,4}")
_LAST_YEAR = 9999
_OPERATORS = {"and": Operator.AND, "or": Operator.OR, "not": Operator.NOT}


def criteria(text: str) -> Criteria:
    """Return what a query looks for; raises Diagnosed."""
    terms = _terms(parse(text))
    if sum(map(_count, terms)) > MOST_TERMS:
        raise Diagnosed(38, str(MOST_TERMS))
    return Criteria(terms=terms)


def _terms(query: Query) -> tuple[Term, ...]:
    """Return the terms that are joined from left to right; what is in parentheses is one."""
    if isinstance(query, Clause):
        return (_term(query),)
    right = _terms(query.right)
    last = right[0] if len(right) == 1 else Group(terms=right)
    return (*_terms(query.left), replace(last, operator=_OPERATORS[query.operator]))


def _count(term: Term) -> int:
    return sum(map(_count, term.terms)) if isinstance(term, Group) else 1


def _term(clause: Clause) -> Term:
    relation = clause.relation or "scr"
    if relation not in _RELATIONS:
        raise Diagnosed(19, relation)
    field = _field(clause.index)
    text, is_begun = _unmasked(clause.term)
    if not text.strip() and not is_begun:
        raise Diagnosed(27)
    if field == _ALL:
        if relation not in ("=", "==", "exact", "scr"):
            raise Diagnosed(22, relation)
        return Years()
    if field == _DATE:
        if is_begun:
            raise Diagnosed(28, "*")
        return _years(relation, text)
    return _words(Field(field), relation, text, is_begun=is_begun)


def _field(name: str) -> Field | str:
    known, _, index = name.lower().rpartition(".")
    if known not in INDEXES:
        raise Diagnosed(15, known)
    if not name:
        return Field.ANY
    if index not in INDEXES[known]:
        raise Diagnosed(16, name)
    return INDEXES[known][index]


def _unmasked(term: str) -> tuple[str, bool]:
    """Return what is meant literally, and whether there was a * at its end."""
    text, is_begun, characters = "", False, iter(term)
    for sign in characters:
        if is_begun:
            raise Diagnosed(49, "*")
        if sign == "\\":
            text += next(characters, "")
        elif sign == "*":
            is_begun = True
        elif sign in "?^":
            raise Diagnosed(28 if sign == "?" else 31, sign)
        else:
            text += sign
    return text, is_begun


def _words(field: Field, relation: str, text: str, *, is_begun: bool) -> Term:
    if relation in _COMPARED or relation == "encloses":
        raise Diagnosed(22, relation)
    if len(text) > MAXIMUM_TYPED:
        raise Diagnosed(23, str(MAXIMUM_TYPED))
    if is_begun and field == Field.ISBN:
        raise Diagnosed(28, "*")
    # Quotes mean a phrase in the search field.
    text = re.sub('[“”「」『』"]', " ", typed_text(text))  # not shown
    if not Term(text=text).words:
        raise Diagnosed(29 if is_begun else 36, text)
    if field == Field.ISBN:
        parts = text.split() if relation == "any" else [text]
        return _one_of([Term(text=part, field=field) for part in parts])
    if relation in _WHOLE:
        if field == Field.ANY:
            raise Diagnosed(22, relation)
        if is_begun and field != Field.TITLE:
            raise Diagnosed(28, "*")
        return Whole(text=text, field=field, is_begun=is_begun)
    if relation == "any":
        terms = [Term(text=word, field=field) for word in text.split()]
        return _one_of([term for term in terms if term.words])
    return Term(text=f'"{text}"' if relation == "adj" else text, field=field)


def _one_of(terms: list[Term]) -> Term:
    first, *others = terms
    if not others:
        return first
    return Group(terms=(first, *(replace(one, operator=Operator.OR) for one in others)))


def _years(relation: str, text: str) -> Years:
    years = text.split()
    if not all(map(_YEAR.fullmatch, years)) or len(years) != (2 if relation == "within" else 1):
        raise Diagnosed(36, text)
    first, last = int(years[0]), int(years[-1])
    match relation:
        case "=" | "==" | "exact" | "scr" | "within":
            return Years(start=first, end=last)
        case "<" | "<=":
            return Years(start=0, end=first - (relation == "<"))
        case ">" | ">=":
            return Years(start=first + (relation == ">"), end=_LAST_YEAR)
    raise Diagnosed(22, relation)
