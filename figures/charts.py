"""Where the parts of a chart lie: pure arithmetic, drawn by `templates/admin/figures/`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 12, 28
MOST_LABELS = 12
STEP_HEIGHT, BAR_HEIGHT, FUNNEL_LEFT, FUNNEL_RIGHT = 40, 26, 120, 84


@dataclass(frozen=True)
class Bar:
    """A rectangle; `series` is which of the stacked ones it is, from 1."""

    x: float
    y: float
    width: float
    height: float
    series: int

    @property
    def path(self) -> str:
        return f"M{self.x} {self.y}h{self.width}v{self.height}h-{self.width}z"


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Bars with the labels of both axes; `lines` are the heights of the grid."""

    width: int
    height: int
    bars: list[Bar]
    across: list[Label]
    up: list[Label]


def scale(most: int) -> tuple[int, int]:
    """Return the top of an axis for numbers up to `most`, and its step: 1, 2 or 5 by tens."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(step for step in steps if step * 4 >= most)
    return max(-(-most // step), 1) * step, step


def stacked(labels: Sequence[str], series: Sequence[Sequence[int]]) -> Chart:
    """Return bars, one for each label, stacked of the numbers that each series has there."""
    top, step = scale(max((sum(each) for each in zip(*series, strict=True)), default=0))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    each = wide / max(len(labels), 1)
    gap = min(each * 0.2, 8)
    bars = []
    for place in range(len(labels)):
        below = 0
        for number, values in enumerate(series, 1):
            height = values[place] * high / top
            below += values[place]
            if height:
                y = TOP + high - below * high / top
                x = LEFT + place * each + gap / 2
                bars.append(Bar(_round(x), _round(y), _round(each - gap), _round(height), number))
    every = -(-len(labels) // MOST_LABELS) or 1
    across = [
        Label(_round(LEFT + (place + 0.5) * each), HEIGHT - 8, text)
        for place, text in enumerate(labels)
        if place % every == 0
    ]
    up = [
        Label(LEFT, _round(TOP + high - number * high / top), f"{number:,}")
        for number in range(0, top + 1, step)
    ]
    return Chart(WIDTH, HEIGHT, bars, across, up)


def funnel(labels: Sequence[str], numbers: Sequence[int]) -> Chart:
    """Return a row for each step: who reached it, and beside them who came no further before."""
    wide = WIDTH - FUNNEL_LEFT - FUNNEL_RIGHT
    most = max(*numbers, 1)
    bars, names, values = [], [], []
    for place, (text, number) in enumerate(zip(labels, numbers, strict=True)):
        y = place * STEP_HEIGHT + (STEP_HEIGHT - BAR_HEIGHT) / 2
        reached = number * wide / most
        lost = max(numbers[place - 1] - number, 0) * wide / most if place else 0
        for x, width, series in ((0.0, reached, 1), (reached, lost, 2)):
            if width:
                bars.append(Bar(_round(FUNNEL_LEFT + x), y, _round(width), BAR_HEIGHT, series))
        names.append(Label(FUNNEL_LEFT - 8, y + 18, text))
        values.append(Label(_round(FUNNEL_LEFT + reached + lost + 8), y + 18, f"{number:,}件"))
    return Chart(WIDTH, len(labels) * STEP_HEIGHT, bars, names, values)


def _round(number: float) -> float:
    return round(number, 2)
