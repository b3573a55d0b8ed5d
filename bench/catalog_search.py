"""Measure the search of the catalogue: `python -m bench.catalog_search [--records N]`.

Made-up records with an item each, N and a tenth of them in one database. Each kind of search is
asked with many values, taken from the records: for the page alone, and with the facets. Beside it,
in the same run, what PostgreSQL offers without our bigrams: ILIKE on the text, read through, and by
an index of its trigrams (pg_trgm).
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from random import Random
from statistics import median, quantiles

from bench import report, shelves
from bench.stack import in_this_process
from bench.works import works

RECORDS = 1_000_000
ASKED, PEERS_ASKED = 100, 9
LONG = 12
AIM_MEDIAN, AIM_P99, AIM_GROWTH, AIM_LATE_PAGE = 50, 150, 3, 2
MARK = "<!-- catalog search -->"
# Milliseconds of each kind of search, in the order in which they were asked.
Timings = dict[str, list[float]]


def measure(sizes: list[int]) -> tuple[list[tuple[Timings, Timings]], Timings, Timings]:
    """Ask at each size, and at the last ILIKE, without an index and with one."""
    from django.db import connection

    runs, asked, filled = [], searches(sizes[0]), 0
    for size in sizes:
        shelves.fill(size, filled)
        filled = size
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE catalog_record")
        runs.append(ours(asked))
    with bare_text() as index:
        read = like(asked)
        index()
        return runs, read, like(asked)


def searches(upto: int) -> dict[str, list[dict[str, str]]]:
    """Return what is asked, by kind, as the parameters of an address."""
    chance = Random(11)
    some = list(islice(works(upto), 2000))
    chance.shuffle(some)
    some = some[:ASKED]
    titles = [str(work["title"]) for work in some]
    authors = [work["contributors"][0] for work in some]  # type: ignore[index]
    pairs = list(zip(titles, authors, strict=True))
    return {
        "one character": [{"q": title[0]} for title in titles],
        "two characters": [{"q": title[:2]} for title in titles],
        "word": [{"q": title[:4]} for title in titles],
        "author": [{"q": one["name"]} for one in authors],
        "reading": [{"q": str(work["title_reading"])[:6]} for work in some],
        "long title": [{"q": title} for title in titles if len(title) >= LONG],
        "two words": [{"q": f"{title[:2]} {one['name'][:2]}"} for title, one in pairs],
        "no hit": [{"q": f"{title[:2]}ゑゐヱヰ"} for title in titles],
        "everything matches (の)": [{"q": "の"}] * ASKED,
        "everything, by year": [{"q": "の", "sort": "new"}] * ASKED,
        "page 2": [{"q": "の", "page": "2"}] * ASKED,
        "page 500": [{"q": "の", "page": "500"}] * ASKED,
    }


def ours(asked: dict[str, list[dict[str, str]]]) -> tuple[Timings, Timings]:
    """Return the milliseconds of each kind, of the page alone and with the facets."""
    from django.http import QueryDict

    from catalog.search.criteria import read
    from catalog.search.hits import find

    alone: Timings = {}
    both: Timings = {}
    for kind, addresses in asked.items():
        for parameters in addresses:
            query = QueryDict(mutable=True)
            query.update(parameters)
            criteria = read(query)
            for made, with_facets in ((alone, False), (both, True)):
                spent = _milliseconds(lambda: find(criteria, with_facets=with_facets))  # noqa: B023
                made.setdefault(kind, []).append(spent)
    return alone, both


def like(asked: dict[str, list[dict[str, str]]]) -> Timings:
    """Return the milliseconds in which ILIKE counts what has the same words anywhere."""
    from django.db import connection

    made: Timings = {}
    with connection.cursor() as cursor:
        for kind, addresses in asked.items():
            if kind.startswith("page") or "year" in kind:
                continue
            for parameters in addresses[:PEERS_ASKED]:
                words = parameters["q"].split()
                condition = " AND ".join(["bare ILIKE %s"] * len(words))
                statement = f"SELECT count(*) FROM bare WHERE {condition}"
                values = [f"%{word}%" for word in words]
                spent = _milliseconds(lambda: cursor.execute(statement, values))  # noqa: B023
                made.setdefault(kind, []).append(spent)
    return made


@contextmanager
def bare_text() -> Iterator[Callable[[], None]]:
    """Lend a table of each record's texts, and what gives it an index of trigrams."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare AS SELECT id, title || ' ' || title_reading || ' '"
            " || replace(author_key, E'\\n', ' ') AS bare FROM catalog_record"
        )
        cursor.execute("ALTER TABLE bare ADD PRIMARY KEY (id)")
        cursor.execute("ANALYZE bare")

        def index() -> None:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute("CREATE INDEX bare_trigrams ON bare USING gin (bare gin_trgm_ops)")

        yield index
        cursor.execute("DROP TABLE bare")


def _milliseconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - begun)


def table(sizes: list[int], runs: list[tuple[Timings, Timings]], *peers: Timings) -> str:
    """Return the figures as Markdown."""
    small, large = (f"{size:,}" for size in sizes)
    (few, _), (alone, both) = runs
    lines = [
        f"| milliseconds in the database, {large} records | median | p99 | with facets | p99"
        f" | growth from {small} | ILIKE | pg_trgm |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        f"| *aim* | ≤ {AIM_MEDIAN} | ≤ {AIM_P99} | ≤ {AIM_MEDIAN} | ≤ {AIM_P99}"
        f" | ≤ {AIM_GROWTH} × | | |",
    ]
    for kind, values in alone.items():
        others = [f"{median(one[kind]):,.0f}" if kind in one else "" for one in peers]
        growth = median(values) / median(few[kind])
        lines.append(
            f"| {kind} | {median(values):.1f} | {_p99(values):.1f} | {median(both[kind]):.1f}"
            f" | {_p99(both[kind]):.1f} | {growth:.1f} × | {' | '.join(others)} |"
        )
    late = median(alone["page 500"]) / median(alone["page 2"])
    lines += ["", f"Page 500 takes {late:.2f} times page 2 (aim: ≤ {AIM_LATE_PAGE})."]
    return "\n".join(lines)


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100)[98]


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.catalog_search", description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    sizes = [options.records // 10, options.records]
    with in_this_process():
        text = table(sizes, *measure(sizes))
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
