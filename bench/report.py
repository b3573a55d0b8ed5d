"""The figures as tables for the terminal and for docs/benchmarks.md."""

import argparse
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from accounts.hashers import CONCURRENT_HASHES, LibraryArgon2Hasher
from bench import client_cost
from bench.measure import Memory

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
MARK = "<!-- figures -->"
MEMORY_AIM_MB = 150
HOME_AIM_KB = 60
LANGUAGES = {"ja": "Japanese", "en": "English"}
HASH_MB = LibraryArgon2Hasher.memory_cost * 1024 / 1e6


@dataclass(frozen=True)
class Crowd:
    """So many people logging in at once: the web processes' memory, and the wait of the median."""

    people: int
    before: Memory
    peak: Memory
    p50_ms: float


@dataclass(frozen=True)
class Result:
    """Everything a run measured; `rows` are `bench.__main__.Row`."""

    rows: list[Any]
    hello: float
    hello_cpu_ms: float
    hash_ms: float
    registration_ms: float
    memories: dict[str, Memory]
    crowd: Crowd
    client_cost: client_cost.ClientCost
    sizes: dict[str, list[int]]
    home: int
    postgres: str


def tables(result: Result) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, Python {platform.python_version()}, "
        f"PostgreSQL {result.postgres}. Yardstick: {result.hello:,.0f} requests/s, "
        f"{result.hello_cpu_ms:.2f} ms of server CPU each.",
        "",
        "| throughput | share of the yardstick | aim | per second | median ms | server CPU ms |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in result.rows:
        aim = f"≥ {row.aim:g}" if row.aim else ""
        wait = median(row.p50_ms)
        lines.append(
            f"| {row.name} | {row.ratio:.3f} | {aim} | {median(row.ours):,.0f} "
            f"| {'' if wait != wait else f'{wait:.1f}'} | {median(row.cpu_ms):.2f} |"
        )
    lines += [
        "",
        "| resident memory | RSS, sum | aim | PSS | processes |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, used in result.memories.items():
        aim = f"≤ {MEMORY_AIM_MB} MB" if name == "web" else ""
        lines.append(
            f"| {name} | {used.rss:.0f} MB | {aim} | {used.pss:.0f} MB | {used.processes} |"
        )
    lines += [
        "",
        f"One whole registration, from the form to the result: {result.registration_ms:.1f} ms of "
        f"server CPU. One password check: {result.hash_ms:.1f} ms of CPU.",
        "",
        _crowd(result.crowd),
        "",
        client_cost.table(result.client_cost),
        "",
        "| bytes of a page | " + " | ".join(LANGUAGES.values()) + " |",
        "|---|" + "--:|" * len(LANGUAGES),
        *(
            f"| {name} | {' | '.join(f'{size:,}' for size in sizes)} |"
            for name, sizes in result.sizes.items()
        ),
        "",
        f"A browser loads {result.home / 1000:.0f} kB for the home page, with all that is on it"
        f" (aim: under {HOME_AIM_KB}).",
        "",
    ]
    return "\n".join(lines)


def _crowd(crowd: Crowd) -> str:
    before, most = crowd.before, crowd.peak
    # One process is gunicorn's own and hashes nothing.
    hashes = CONCURRENT_HASHES * (before.processes - 1)
    return (
        f"{crowd.people} parallel logins: the web processes have {before.rss:.0f} MB before and "
        f"{most.rss:.0f} MB at the most (PSS {before.pss:.0f} and {most.pss:.0f} MB), "
        f"{most.rss - before.rss:.0f} MB more; {hashes} hashes at once take {hashes * HASH_MB:.0f} "
        f"MB (aim: no more than a tenth above that). The median waits {crowd.p50_ms:.0f} ms."
    )


def write(text: str, options: argparse.Namespace) -> None:
    """Put the figures between the document's marks."""
    put(f"{text}\nMedians of {options.rounds} runs of {options.seconds:g} s.", MARK)


def tell(text: str, options: argparse.Namespace, mark: str) -> None:
    """Print a text, and with --write put it between two marks of the document."""
    print(text)
    if options.write:
        put(text, mark)


def put(text: str, mark: str) -> None:
    """Put a text between two marks of the document."""
    before, _, after = DOCUMENT.read_text().partition(mark)
    _, _, after = after.partition(mark)
    DOCUMENT.write_text(f"{before}{mark}\n{text}\n{mark}{after}")


def _machine() -> str:
    kilobytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{os.cpu_count()} cores, {kilobytes / 1e9:.0f} GB"
