"""What the kernel says about a group of processes: CPU seconds and resident memory."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.02
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Resident memory of a group of processes, in MB of 10⁶ bytes.

    RSS counts pages that the processes share once for each of them, PSS once in all.
    """

    rss: float
    pss: float
    processes: int


def group(pid: int) -> list[int]:
    """Return a process and its descendants."""
    members = [pid]
    for member in members:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            # A thread may have ended since it was listed.
            with suppress(FileNotFoundError, ProcessLookupError):
                members += map(int, children.read_text().split())
    return members


def cpu_seconds(pid: int) -> float:
    """Return user and system time that a process and its living descendants have used."""
    return sum(_cpu_ticks(member) for member in group(pid)) / TICKS_PER_SECOND


def _cpu_ticks(pid: int) -> int:
    # proc(5): fields 14 and 15, counted after the command in parentheses.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def memory(pid: int) -> Memory:
    """Return the memory of a process and its descendants."""
    return _memory(group(pid))


def memory_below(pid: int) -> Memory:
    """Return the memory of a process's descendants: of gunicorn's workers without its master."""
    return _memory(group(pid)[1:])


def _memory(members: list[int]) -> Memory:
    rss = pss = 0
    for member in members:
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Rss":
                rss += int(value.split()[0])
            elif name == "Pss":
                pss += int(value.split()[0])
    return Memory(rss=rss * 1024 / 1e6, pss=pss * 1024 / 1e6, processes=len(members))


@contextmanager
def peak(pid: int) -> Iterator[dict[str, float]]:
    """Yield the values of a `Memory`, which are the highest seen once the block has ended."""
    highest = asdict(memory(pid))
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            for name, value in asdict(memory(pid)).items():
                highest[name] = max(highest[name], value)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield highest
    finally:
        over.set()
        watcher.join()
