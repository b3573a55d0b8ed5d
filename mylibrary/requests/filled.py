"""The form filled in with what was searched for and not found.

It travels in the address, through the login too, and is kept nowhere.
"""

from collections.abc import Mapping

from django.http import QueryDict
from django.urls import reverse

from catalog.search.criteria import Criteria, Field, Operator, Term, typed_text
from ui.pages import MAXIMUM_PATH_LENGTH

FIELDS = ("title", "author", "publisher", "year", "isbn")
_PLACES = {Field.ANY: "title", Field.TITLE: "title"} | {
    field: field.value for field in (Field.AUTHOR, Field.PUBLISHER, Field.ISBN)
}


def from_criteria(criteria: Criteria) -> dict[str, str]:
    """Return what was searched for by the form's fields; a class or subject has no field."""
    found: dict[str, list[str]] = {}
    for term in criteria.terms:
        if place := _place(term):
            found.setdefault(place, []).append(term.text)
    if criteria.year_from and criteria.year_from == criteria.year_to:
        found["year"] = [str(criteria.year_from)]
    return {name: " ".join(found[name]) for name in FIELDS if name in found}


def address(criteria: Criteria) -> str:
    """Return the form's address with what was searched for, cut to what the login leads on to."""
    fields = from_criteria(criteria)
    while len(whole := reverse("mylibrary:request_new", query=fields)) > MAXIMUM_PATH_LENGTH:
        longest = max(fields, key=lambda name: len(fields[name]))
        fields[longest] = fields[longest][:-1]
    return whole


def from_address(asked: QueryDict) -> Mapping[str, str]:
    """Return what an address fills in."""
    return {name: typed_text(asked.get(name, "")) for name in FIELDS}


def _place(term: Term) -> str:
    if term.operator == Operator.NOT:
        return ""
    return "isbn" if term.isbn else _PLACES.get(term.field, "")
