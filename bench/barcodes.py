"""Time the patron card's barcode beside python-barcode's: `python -m bench.barcodes`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from barcode.codabar import CODABAR
from barcode.writer import SVGWriter

from mylibrary.card import barcode

NUMBER = "8000028"
ROUNDS = 30
TIMES = 50


@dataclass(frozen=True)
class Barcodes:
    """Microseconds for one picture, ours and python-barcode's."""

    ours: float
    reference: float


def measure() -> Barcodes:
    """Draw the manual's number again and again, in turns; medians."""
    ours, reference = [], []
    for _ in range(ROUNDS):
        ours.append(_microseconds(_ours))
        reference.append(_microseconds(_reference))
    return Barcodes(median(ours), median(reference))


def table(found: Barcodes) -> str:
    """Return the figures as a sentence."""
    return (
        f"One barcode takes {found.ours:.0f} µs, python-barcode's own "
        f"{found.reference:.0f} µs ({found.ours / found.reference:.2f} of it)."
    )


def _ours() -> object:
    return barcode.svg(NUMBER)


def _reference() -> object:
    return CODABAR(f"A{NUMBER}A", writer=SVGWriter()).render()


def _microseconds(draw: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(TIMES):
        draw()
    return 1e6 * (time.perf_counter() - begun) / TIMES


if __name__ == "__main__":
    print(table(measure()))
