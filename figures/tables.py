"""Tables of whole months by one dimension: for the page, and as CSV."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from characters.text import StrOrPromise
from figures import ages
from figures.applications import ENDS, STEPS
from figures.models import OF_MONTHS, Count, Dimension
from figures.periods import end_of_month
from figures.publishing import HIDDEN, publish, publish_parts
from figures.registrations import MUNICIPALITIES
from patrons.models import RegisteredVia
from staff.files import guard

ROUTES: dict[str, StrOrPromise] = {
    RegisteredVia.ONLINE: "オンライン",
    RegisteredVia.COUNTER: "窓口",
    RegisteredVia.IMPORT: "取り込み",
}
LABELS: dict[Dimension, Mapping[str, StrOrPromise]] = {
    Dimension.ROUTE: ROUTES,
    Dimension.STEP: {step: step.label for step in STEPS},
    Dimension.END: ENDS,
    Dimension.MUNICIPALITY: MUNICIPALITIES,
    Dimension.AGE: ages.LABELS,
    Dimension.HELD_MUNICIPALITY: MUNICIPALITIES,
    Dimension.HELD_AGE: ages.LABELS,
}
BY_AGE = (Dimension.AGE, Dimension.HELD_AGE)
PARTS = {
    "児童": ages.CHILDREN,
    "一般": tuple(age for age in ages.LABELS if age not in ages.CHILDREN),
}
SUM = "計"


@dataclass(frozen=True)
class Table:
    """Rows of months; a cell is None where it is not shown."""

    dimension: Dimension
    columns: list[str]
    rows: list[tuple[date, list[int | None]]]

    @property
    def sums(self) -> list[int | None]:
        """The sum of each column, None where one of its cells is not shown."""
        columns = zip(*(cells for _, cells in self.rows), strict=True)
        return [None if None in cells else sum(filter(None, cells)) for cells in columns]

    @property
    def is_summed(self) -> bool:
        """Whether its months can be added up, and there are several."""
        held = (Dimension.HELD_MUNICIPALITY, Dimension.HELD_AGE)
        return len(self.rows) > 1 and self.dimension not in held

    def as_csv(self) -> str:
        file = StringIO()
        writer = csv.writer(file)
        writer.writerow(["月", *map(guard, self.columns)])
        for month, cells in self.rows:
            writer.writerow(
                [f"{month:%Y-%m}", *(HIDDEN if cell is None else cell for cell in cells)]
            )
        return file.getvalue()


def tables(dimensions: Iterable[Dimension], months: list[date]) -> list[Table]:
    """Return a table of each dimension, read in one statement, of the months that were counted."""
    dimensions = list(dimensions)
    found: dict[tuple[str, date], dict[str, int]] = {}
    if months:
        span = (months[0], end_of_month(months[-1]))
        counts = Count.objects.filter(dimension__in=dimensions, day__range=span)
        by_month = counts.annotate(month=TruncMonth("day")).values("dimension", "month", "value")
        for row in by_month.annotate(sum=Sum("number")).order_by():
            found.setdefault((row["dimension"], row["month"]), {})[row["value"]] = row["sum"]
    return [
        Table(
            dimension,
            _columns(dimension),
            [
                (month, _cells(dimension, found[dimension, month]))
                for month in months
                if (dimension, month) in found
            ],
        )
        for dimension in dimensions
    ]


def _columns(dimension: Dimension) -> list[str]:
    parts = PARTS if dimension in BY_AGE else ()
    sums = () if dimension == Dimension.STEP else (SUM,)
    return [*sums, *parts, *map(str, LABELS[dimension].values())]


def _cells(dimension: Dimension, counted: Mapping[str, int]) -> list[int | None]:
    row = {value: counted.get(value, 0) for value in LABELS[dimension]}
    if dimension == Dimension.STEP:
        return list(row.values())
    shown: Mapping[str, int | None] = row
    if dimension in BY_AGE:
        shown = publish_parts(row, PARTS)
    elif dimension in OF_MONTHS:
        shown = publish(row)
    return [sum(row.values()), *shown.values()]
