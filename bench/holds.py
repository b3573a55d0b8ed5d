"""Measure holds on one title: `python -m bench.holds [patrons]`.

So many patrons ask for the last copy at once, over as many connections as two web processes have,
and over fifty. Told are rate and waiting, and whether the queue is right: everybody once, in the
order in which they were answered. A second round presses twice.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from threading import Barrier

from bench import report
from bench.stack import in_this_process

MARK = "<!-- holds -->"
DEFAULT_PATRONS = 200
CONNECTIONS = (8, 50)
BORN = "19500405"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One round: seconds in all, milliseconds of each request, and what became of them.

    `out_of_order` counts holds that were answered before one that stands ahead of them began.
    """

    connections: int
    seconds: float
    milliseconds: list[float]
    outcomes: Counter[str]
    in_queue: int
    out_of_order: int


def measure(patrons: list, connections: int, presses: int) -> Measured:
    """Let patrons ask for a new record that is on loan, so often each."""
    from branches.models import Branch
    from catalog.models import Item, Record
    from circulation.local.holding import place_hold
    from circulation.models import Hold
    from circulation.port import Refused

    branch = Branch.objects.all()[0]
    number = f"H{Record.objects.count()}"
    record = Record.objects.create(control_number=number, title=number, title_key="", grams="")
    Item.objects.create(record=record, number=number, branch=branch, state="on_loan")

    def ask(patron) -> tuple[str, int, float, float]:
        began = time.perf_counter()
        try:
            hold = place_hold(patron=patron, record=record, pickup=branch)
            outcome, place = "held", hold.pk
        except Refused as refused:
            outcome, place = refused.refusal.value, 0
        return outcome, place, began, time.perf_counter()

    asked = [patron for patron in patrons for _ in range(presses)]
    began = time.perf_counter()
    answers = _at_once(connections, ask, asked)
    seconds = time.perf_counter() - began
    held = sorted(answer[1:] for answer in answers if answer[0] == "held")
    queue = list(Hold.objects.filter(record=record).order_by("pk").values_list("pk", flat=True))
    assert queue == [place for place, _, _ in held]
    latest = ahead = 0.0
    for _, start, end in held:
        latest += end < ahead
        ahead = max(ahead, start)
    return Measured(
        connections=connections,
        seconds=seconds,
        milliseconds=[1000 * (end - start) for _, _, start, end in answers],
        outcomes=Counter(answer[0] for answer in answers),
        in_queue=len(queue),
        out_of_order=int(latest),
    )


def _at_once(connections: int, work: Callable, asked: list) -> list:
    from django.db import connection

    threads_needed = min(connections, len(asked))
    barrier = Barrier(threads_needed)

    def begin() -> None:
        # Each thread a connection of its own, made before the watch starts.
        options = connection.settings_dict["OPTIONS"]
        alone = {key: value for key, value in options.items() if key != "pool"}
        connection.settings_dict = connection.settings_dict | {"OPTIONS": alone}
        connection.ensure_connection()
        barrier.wait(timeout=60)

    with ThreadPoolExecutor(threads_needed, initializer=begin) as threads:
        return list(threads.map(work, asked))


def line(name: str, each: Measured) -> str:
    count, waits = len(each.milliseconds), sorted(each.milliseconds)
    errors = count - each.outcomes["held"] - each.outcomes["held_already"]
    return (
        f"| {name} | {each.connections} | {count / each.seconds:,.0f} | {median(waits):.1f} |"
        f" {waits[-1]:.0f} | {each.in_queue:,} | {each.out_of_order} | {errors} |"
    )


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.holds", description=__doc__)
    parser.add_argument("patrons", nargs="?", type=int, default=DEFAULT_PATRONS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    table = [
        "| requests for one title | connections | per second | median ms | longest ms |"
        " in the queue | out of order | errors |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    with in_this_process():
        from patrons.models import Patron

        patrons = Patron.objects.bulk_create(
            Patron(number=f"H{number:05}", name="大分　太郎", birth_date=BORN, namesake_no=number)
            for number in range(options.patrons)
        )
        for connections in CONNECTIONS:
            for name, presses in (("each once", 1), ("each twice", 2)):
                table.append(line(name, measure(patrons, connections, presses)))
    report.tell("\n".join(table), options, MARK)


if __name__ == "__main__":
    main()
