"""Measure the daily run of the alerts: `python -m bench.alerts [--records N]`.

Made-up records, an hundredth as many alerts of a thousand patrons, each of another search, and as
many new records as alerts. They arrive in parts, a tenth first and then all: the time is to be that
of what is new. Before that, at a tenth of the catalogue, the same: it is not to matter.
"""

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from bench import fill, report, shelves
from bench.stack import in_this_process
from bench.works import NOUNS, works

RECORDS = 1_000_000
IN_ALERTS = 100
PATRONS = 1_000
AIM_MINUTES = 5
MARK = "<!-- alerts -->"
# What residents wait for, as they are likely to: so many of ten.
KINDS = ("author",) * 3 + ("word",) * 3 + ("series", "class", "limited", "two words")


class Run(NamedTuple):
    """One run: the catalogue's records, those new to it, what arrived, seconds of its two parts."""

    records: int
    new: int
    arrivals: int
    looked: float
    patrons: int
    told: float


def measure(records: int) -> list[Run]:
    """Let records arrive in a catalogue of a tenth and in one of all, and run after each time."""
    from django.db import connection
    from django.db.models import Max
    from django.utils import timezone

    from catalog.models import Item
    from mylibrary.alerts.models import Arrival, CatalogueRead
    from mylibrary.alerts.running import look_for_arrivals, tell_of_arrivals
    from notices.models import Notice

    wanted = records // IN_ALERTS
    patrons = min(PATRONS, wanted)
    fill.make(patrons)
    fill.grow(patrons)
    keep_alerts(wanted, records)
    CatalogueRead.objects.create(added_at=timezone.now())
    runs, filled = [], 0
    for size in (records // 10, records):
        if size > filled:
            shelves.fill(size, filled)
            filled = size
            # The catalogue's own items are no arrivals.
            CatalogueRead.objects.update(item_id=Item.objects.aggregate(last=Max("pk"))["last"])
        for new in (wanted // 10, wanted):
            shelves.fill(filled + new, filled)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE catalog_record SET added_at = clock_timestamp()"
                    " WHERE control_number >= %s",
                    [f"S{filled:08d}"],
                )
                cursor.execute("VACUUM ANALYZE catalog_record")
            filled += new
            Notice.objects.all().delete()
            Arrival.objects.all().delete()
            read, looked = _timed(look_for_arrivals)
            if read != new:
                raise SystemExit(f"{read} records were read, {new} are new")
            arrivals = Arrival.objects.count()
            told, seconds = _timed(tell_of_arrivals)
            runs.append(Run(filled, new, arrivals, looked, told, seconds))
    return runs


def keep_alerts(wanted: int, records: int) -> None:
    """Store so many alerts, each of another search."""
    from mylibrary.alerts.models import Alert
    from patrons.models import Patron

    patrons = list(Patron.objects.active().values_list("pk", flat=True))
    queries: dict[str, None] = {}
    for query in searches(records):
        queries[query] = None
        if len(queries) == wanted:
            break
    Alert.objects.bulk_create(
        (
            Alert(patron_id=patrons[place % len(patrons)], name=f"{place}", query=query)
            for place, query in enumerate(queries)
        ),
        batch_size=1000,
    )


def searches(records: int) -> Iterator[str]:
    """Yield addresses of searches for what such records are, in their one form."""
    from django.http import QueryDict

    from catalog.models import Material
    from catalog.search.criteria import read

    chance = Random(13)
    for place, work in enumerate(works(records, seed=17)):
        title, name = str(work["title"]), work["contributors"][0]["name"]  # type: ignore[index]
        noun, other = chance.sample(NOUNS, 2)
        asked = {
            "author": {"word1": f'"{name}"', "field1": "author"},
            "word": {"q": title[: 3 + place % 4]},
            "series": {"word1": f'"{noun}叢書"', "field1": "subject", "q": title[:1]},
            "class": {"word1": f"{chance.randrange(1000):03d}", "field1": "ndc", "q": noun},
            "limited": {
                **{"q": title[:2], "material": chance.choice(Material.values)},
                **{"branch": "main", "year_from": str(chance.randrange(1950, 2026))},
            },
            "two words": {"q": noun, "word1": other, "operator1": "and"},
        }[KINDS[place % len(KINDS)]]
        query = QueryDict(mutable=True)
        query.update(asked)
        yield read(query).query()


def _timed(do: Callable[[], int]) -> tuple[int, float]:
    begun = time.perf_counter()
    done = do()
    return done, time.perf_counter() - begun


def table(runs: list[Run], alerts: int) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"| {alerts:,} alerts | new records | arrivals | seconds to find them"
        " | ms a new record | patrons told | seconds |",
        "|---|--:|--:|--:|--:|--:|--:|",
        f"| *aim* | | | ≤ {60 * AIM_MINUTES} | | | |",
    ]
    lines += [
        f"| {run.records:,} records | {run.new:,} | {run.arrivals:,} | {run.looked:.1f}"
        f" | {1000 * run.looked / run.new:.2f} | {run.patrons:,} | {run.told:.1f} |"
        for run in runs
    ]
    few, many = runs[-2:]
    lines += [
        "",
        f"The last run takes {many.looked / few.looked:.1f} times as long as the one before"
        f" (in proportion would be {many.new / few.new:.0f} times).",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.alerts", description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    with in_this_process():
        # A line for each mail that is queued.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        text = table(measure(options.records), options.records // IN_ALERTS)
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
