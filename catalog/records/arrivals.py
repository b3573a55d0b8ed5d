"""新着資料: what came last, on its own page and, the newest of it, on the home page.

The home page knows it without asking the database.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext

from catalog.models import Record, RecordQuerySet
from catalog.records.shelf import Standing, standing
from catalog.search.criteria import MOST, PER_PAGE, Criteria
from catalog.search.panel import MATERIALS
from outages.known import Known

NEW_FOR = timedelta(days=60)
ON_A_SHELF = 6


class Choice(NamedTuple):
    """What the new arrivals can be limited to, and the query string that does it."""

    label: str
    query: str
    is_chosen: bool


class Page(NamedTuple):
    """The ids of one page of `total`; `has_more` says that others were cut off."""

    ids: list[int]
    total: int
    has_more: bool
    choices: list[Choice]


def newest() -> RecordQuerySet:
    """Return what came lately, the newest first."""
    return Record.objects.arrived_since(timezone.now() - NEW_FOR).without_keys()


def page(criteria: Criteria) -> Page:
    """Return a page of what came lately, as far as material and `for_children` limit it.

    One statement. After a first import everything is new: it is cut off before it is limited, as
    an index that is walked for a rare material is walked to its end.
    """
    rows = list(newest().values_list("pk", "material", "for_children")[: MOST + 1])
    found = [
        pk
        for pk, material, for_children in rows[:MOST]
        if (not criteria.materials or material in criteria.materials)
        and (for_children or not criteria.for_children)
    ]
    start = (criteria.page - 1) * PER_PAGE
    choices = list(_choices(criteria, rows))
    return Page(found[start : start + PER_PAGE], len(found), len(rows) > MOST, choices)


def _choices(criteria: Criteria, rows: list[tuple[int, str, bool]]) -> Iterator[Choice]:
    """Yield what there is to choose, the most frequent material first."""
    materials = Counter(material for _, material, _ in rows).most_common()
    offered = [
        (gettext("すべて"), Criteria()),
        (gettext("児童向け"), Criteria(for_children=True)),
        *((str(MATERIALS[one]), Criteria(materials=(one,))) for one, _ in materials),
    ]
    chosen = (criteria.materials, criteria.for_children)
    for label, limit in offered:
        if not limit.for_children or any(for_children for _, _, for_children in rows):
            is_chosen = (limit.materials, limit.for_children) == chosen
            yield Choice(label, limit.query(), is_chosen)


def _ask() -> tuple[Standing, ...]:
    return tuple(map(standing, newest()[:ON_A_SHELF]))


ARRIVALS: Known[tuple[Standing, ...]] = Known("arrivals", _ask, ())
known = ARRIVALS.now
read = ARRIVALS.read
