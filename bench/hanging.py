"""Measure the site while its database hangs: `python -m bench.hanging`."""

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from statistics import median

import psycopg

from bench import report
from bench.hung_site import THREADS, WORKERS, Answer, HungSite, hung_site

MARK = "<!-- hanging -->"
ROUNDS = 3
SECONDS = 6.0
VISITORS, PAUSE_SECONDS = 8, 0.05
ARRIVALS_PER_SECOND = 8
PUBLIC = ("/", "/manual/", "/counter/", "/privacy/")
IN_A_ROW = 4 * WORKERS
AIM_SECONDS, AIM_SHARE = 5, 0.8


@dataclass
class Round:
    """One outage: how it was for those who needed the database, and for those who did not."""

    share: float
    told: list[float]
    live: float
    recovery: float


def measure(
    site: HungSite, outage: Callable[[], AbstractContextManager], needs: Callable[[], Answer]
) -> Round:
    """Let people arrive who need the database, at one pace, before and during an outage."""
    with _arriving(needs):
        usual, _ = _rate(site)
    with _arriving(needs) as answers:
        with outage():
            during, live = _rate(site)
        ended = time.monotonic()
        _until_sound(needs)
        recovery = time.monotonic() - ended
    told = [answer.seconds for answer in answers if answer.status == 503]
    return Round(during / usual, told, live, recovery)


def table(rounds: dict[str, list[Round]]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| | rate of public pages | aim | until 503: median, longest | aim | slowest liveness |"
        " served again after |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, several in rounds.items():
        told = [seconds for one in several for seconds in one.told]
        lines.append(
            f"| {name} | {median(one.share for one in several):.2f} | ≥ {AIM_SHARE:g}"
            f" | {_seconds(told)} | ≤ {AIM_SECONDS} s"
            f" | {1000 * max(one.live for one in several):.0f} ms"
            f" | {max(one.recovery for one in several):.1f} s |"
        )
    return "\n".join(lines)


def _seconds(told: list[float]) -> str:
    return f"{median(told):.2f} s, {max(told):.1f} s" if told else "–"


@contextmanager
def _arriving(needs: Callable[[], Answer]) -> Iterator[list[Answer]]:
    """Have somebody arrive at each beat, whether those before were answered or not."""
    over = threading.Event()
    answers = []

    def arrive() -> None:
        answers.append(needs())

    def beat() -> None:
        while not over.wait(1 / ARRIVALS_PER_SECOND):
            waiting.append(people.submit(arrive))

    waiting = []
    with ThreadPoolExecutor(100) as people:
        clock = threading.Thread(target=beat)
        clock.start()
        try:
            yield answers
        finally:
            over.set()
            clock.join()
    for each in waiting:
        each.result()


def _rate(site: HungSite) -> tuple[float, float]:
    """Return how many public pages visitors get in a second, and the slowest liveness check."""
    end = time.monotonic() + SECONDS
    slowest = []

    def visit(number: int) -> int:
        seen = 0
        while time.monotonic() < end:
            assert site.ask(PUBLIC[(number + seen) % len(PUBLIC)]).status == 200
            seen += 1
            time.sleep(PAUSE_SECONDS)
        return seen

    def check() -> None:
        while time.monotonic() < end:
            slowest.append(site.ask("/health/live/").seconds)
            time.sleep(0.1)

    with ThreadPoolExecutor(VISITORS + 1) as visitors:
        checking = visitors.submit(check)
        seen = sum(visitors.map(visit, range(VISITORS)))
        checking.result()
    return seen / SECONDS, max(slowest)


def _until_sound(needs: Callable[[], Answer]) -> None:
    """Ask until so many answers in a row are no outage that every process gave some."""
    in_a_row = 0
    while in_a_row < IN_A_ROW:
        in_a_row = 0 if needs().status == 503 else in_a_row + 1


@contextmanager
def _sessions_locked(site: HungSite) -> Iterator[None]:
    with psycopg.connect(site.url) as other:
        other.execute("LOCK TABLE accounts_session IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def run() -> str:
    """Measure every kind of outage; return the table."""
    with hung_site() as site:
        kinds = {
            "nothing is wrong": nullcontext,
            "PostgreSQL is stopped": site.outage,
            "the table of sessions is locked": lambda: _sessions_locked(site),
        }
        _until_sound(site.ask_database)
        _rate(site)
        rounds = {
            name: [measure(site, outage, site.ask_database) for _ in range(ROUNDS)]
            for name, outage in kinds.items()
        }
    return table(rounds)


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.hanging", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    text = f"{WORKERS} processes of {THREADS} threads.\n\n{run()}"
    print(text)
    if options.write:
        report.put(text, MARK)


if __name__ == "__main__":
    main()
