"""What an alert looks for, in words, and as the form's fields where these can say it."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext

from catalog.search import panel
from catalog.search.criteria import Criteria, Field, Operator
from mylibrary.alerts.models import LONGEST_NAME

# The fields that the form offers, in its order.
FIELDS = (Field.ANY, Field.AUTHOR, Field.SUBJECT, Field.NDC)


def said(criteria: Criteria, branches: Mapping[str, str] | None = None) -> list[str]:
    """Return each condition in words; `branches` are names by code, where they are known."""
    words = [gettext("「%s」") % criteria.simple] if criteria.simple else []
    return [*words, *(limit.label for limit in panel.limits(criteria, branches))]


def suggested_name(criteria: Criteria) -> str:
    """Return what an alert is called where its patron has no better name."""
    name = gettext("、").join(said(criteria))
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def typed(criteria: Criteria) -> dict[str, str] | None:
    """Return what the form is filled with, by the names of its fields; None where it is too small
    to say these criteria.
    """
    texts = {term.field: term.text for term in criteria.terms}
    fits = (
        len(texts) == len(criteria.terms)
        and all(term.field in FIELDS and term.operator == Operator.AND for term in criteria.terms)
        and len(criteria.classes) <= 1
        and replace(criteria, terms=(), classes=()) == Criteria()
    )
    if not fits:
        return None
    fields = {f"word{row}": texts.get(field, "") for row, field in enumerate(FIELDS, start=1)}
    return fields | {"class": "".join(criteria.classes)}
