"""A cover: its colour by class, its layout by the record's number, its words the record's own.

Four layouts: 題簽 (a paper slip on cloth), 帯 (a band around the foot), 湾 (sun over the bay) and
葉 (leaves of the library's tree). No font, script or style comes with it.
"""

import re
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import NamedTuple

from catalog.covers.setting import LEADING, Lines, cleaned, fit, fit_one, is_vertical, upright

WIDTH, HEIGHT = 120, 168
INK, PAPER = "#1a1a1a", "#fff"
# By the first digit of the class (NDC): strong, and pale. White can be read on every strong one,
# every strong one on its pale one.
COLOURS = {
    "0": ("#44546a", "#e9edf2"),
    "1": ("#5b3a8c", "#f0eafa"),
    "2": ("#8b3200", "#fbeee6"),
    "3": ("#00118f", "#e8f1fe"),
    "4": ("#0b6265", "#e3f4f3"),
    "5": ("#6b5300", "#f8f2de"),
    "6": ("#1d6437", "#e6f5ec"),
    "7": ("#94205a", "#fbe9f2"),
    "8": ("#1a5a91", "#e4f1fb"),
    "9": ("#ac3e00", "#ffeee2"),
    "": ("#4d4d4d", "#f2f2f2"),
}
SERIF = "'Noto Serif CJK JP','Noto Serif JP','Hiragino Mincho ProN','Yu Mincho',serif"
SANS = "'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic',Meiryo,sans-serif"
LEAF = "M0 0C-7-9-9-22-6-31-5-35-2-38 0-40 2-38 5-35 6-31 9-22 7-9 0 0Z"
# Width and height of one tile, and what is drawn on it.
TEXTURES = (
    (24, 12, '<path d="M0 12a12 12 0 0 1 24 0M5 12a7 7 0 0 1 14 0"/>'),
    (8, 8, '<path d="M4 0v8" stroke-width="2"/>'),
    (14, 14, '<path d="M7 7h.01" stroke-width="4" stroke-linecap="round"/>'),
    (40, 44, f'<path d="{LEAF}" transform="translate(14 34) rotate(28) scale(.5)"/>'),
)
# What XML may not have (XML 1.0, section 2.2), and marks of direction, which would reach beyond.
_UNDRAWABLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# Another way of drawing is another address.
_EDITION = sha256(
    b"".join(Path(__file__).with_name(name).read_bytes() for name in ("drawing.py", "setting.py"))
).digest()


class Face(NamedTuple):
    """All that a cover is drawn from; `ndc` is the first digit of the class, or ""."""

    record_id: int
    title: str
    author: str
    ndc: str


def face_of(*, record_id: int, title: str, author: str, ndc: str) -> Face:
    return Face(record_id, title, author, ndc[:1] if ndc[:1] in COLOURS else "")


def digest(face: Face) -> str:
    """Return what the address of a cover changes with."""
    return sha256(_EDITION + repr(tuple(face)).encode()).hexdigest()[:16]


def draw(face: Face) -> str:
    """Return the cover as an SVG document."""
    chance = sha256(str(face.record_id).encode()).digest()
    layout = LAYOUTS[chance[0] % len(LAYOUTS)]
    title, author = (cleaned(_UNDRAWABLE.sub(" ", text)) for text in (face.title, face.author))
    strong, pale = COLOURS[face.ndc]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="ja" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}">{_texture(chance[1])}'
        f"{layout(title, author, strong, pale)}"
        f'<path d="M5.5 0v{HEIGHT}" stroke="#000" stroke-opacity=".18"/></svg>'
    )


def slip(title: str, author: str, strong: str, pale: str) -> str:
    """題簽: the title on a slip of paper, which is as wide as it needs to be."""
    box = Box(left=18, top=22, width=84, height=106)
    drawn = box.words(title, INK, SERIF, 17)
    width, height = drawn.width + 12, drawn.height + 20
    # Columns stand at the right end of their box, and the slip at the left edge of the cover.
    moved = drawn.width - box.width
    return (
        f"{_area(strong)}{_textured()}"
        f'<path fill="{PAPER}" d="M12 12h{width:g}v{height:g}h-{width:g}z"/>'
        f'<path fill="none" stroke="{strong}"'
        f' d="M14.5 14.5h{width - 5:g}v{height - 5:g}h-{width - 5:g}z"/>'
        f'<g transform="translate({moved:.4g})">{drawn.svg}</g>'
        f"{_area(strong, top=144)}{_name(author, PAPER, 160)}"
    )


def band(title: str, author: str, strong: str, pale: str) -> str:
    """帯: the title in rows, a band below."""
    box = Box(left=16, top=16, width=96, height=72)
    rows = box.words(title, strong, SANS, 22, in_rows=True).svg
    return (
        f"{_area(pale)}{_area(strong, width=6)}{rows}{_name(author, strong, 105)}"
        f"{_area(strong, top=112)}{_textured(top=112)}"
    )


def bay(title: str, author: str, strong: str, pale: str) -> str:
    """湾: the title in the sky, the sun low over the water."""
    columns = Box(left=14, top=14, width=94, height=94).words(title, strong, SERIF, 24).svg
    return (
        f'{_area(pale)}<circle cx="40" cy="100" r="26" fill="{strong}" fill-opacity=".22"/>'
        f'<path fill="{pale}" d="M0 116C30 104 70 108 120 124v44H0z"/>'
        f'<path fill="{strong}" fill-opacity=".55" d="M0 116C30 104 70 108 120 124v44H0z"/>'
        f'<path fill="{strong}" d="M0 140c40-16 80-14 120-4v32H0z"/>'
        f"{columns}{_name(author, PAPER, 160)}"
    )


def leaves(title: str, author: str, strong: str, pale: str) -> str:
    """葉: the title before two large leaves."""
    columns = Box(left=14, top=16, width=94, height=118).words(title, PAPER, SERIF, 26).svg
    return (
        f'{_area(strong)}<g fill="{PAPER}">'
        f'<path fill-opacity=".16" transform="translate(14 146) rotate(24) scale(3.4)" d="{LEAF}"/>'
        f'<path fill-opacity=".1" transform="translate(92 166) rotate(-34) scale(3)" d="{LEAF}"/>'
        f'</g><path stroke="{PAPER}" stroke-opacity=".3" d="M14 146 69 22"/>'
        f"{columns}{_name(author, PAPER, 158)}"
    )


LAYOUTS = (slip, band, bay, leaves)


class Words(NamedTuple):
    """A title as it is drawn, and what it takes of its box."""

    svg: str
    width: float
    height: float


class Box(NamedTuple):
    """Where a title stands."""

    left: float
    top: float
    width: float
    height: float

    def words(
        self, title: str, colour: str, font: str, largest: float, *, in_rows: bool = False
    ) -> Words:
        """Set a title in columns from the right, in rows where it is in no letters for columns."""
        if in_rows or not is_vertical(title):
            fitted = fit(title, length=self.width, breadth=self.height, largest=largest)
            taken = len(fitted.lines) * fitted.size * LEADING
            return Words(self._rows(fitted, colour, font), self.width, taken)
        fitted = fit(upright(title), length=self.height, breadth=self.width, largest=largest)
        taken = len(fitted.lines) * fitted.size * LEADING
        return Words(self._columns(fitted, colour, font), taken, self.height)

    def _rows(self, fitted: Lines, colour: str, font: str) -> str:
        step = fitted.size * LEADING
        first = self.top + fitted.size * 0.88
        return "".join(
            _text(line, self.left, first + step * number, fitted.size, colour, font)
            for number, line in enumerate(fitted.lines)
        )

    def _columns(self, fitted: Lines, colour: str, font: str) -> str:
        step = fitted.size * LEADING
        first = self.left + self.width - step / 2
        down = ' writing-mode="vertical-rl" dominant-baseline="central"'
        return "".join(
            _text(line, first - step * number, self.top, fitted.size, colour, font, down)
            for number, line in enumerate(fitted.lines)
        )


def _text(
    text: str, x: float, y: float, size: float, colour: str, font: str, more: str = ""
) -> str:
    bold = ' font-weight="bold"' if size > 10 or font == SERIF else ""
    return (
        f'<text x="{x:.4g}" y="{y:.4g}" font-size="{size:g}" font-family="{font}"{bold}'
        f' fill="{colour}"{more}>{escape(text)}</text>'
    )


def _name(author: str, colour: str, y: float) -> str:
    fitted = fit_one(author, length=92, largest=10)
    return "".join(_text(line, 16, y, fitted.size, colour, SANS) for line in fitted.lines)


def _area(colour: str, *, top: float = 0, width: float = WIDTH) -> str:
    return f'<path fill="{colour}" d="M0 {top}h{width}v{HEIGHT - top}H0z"/>'


def _texture(chance: int) -> str:
    width, height, tile = TEXTURES[chance % len(TEXTURES)]
    return (
        f'<pattern id="t" width="{width}" height="{height}" patternUnits="userSpaceOnUse"'
        f' fill="none" stroke="{PAPER}" stroke-opacity=".26">{tile}</pattern>'
    )


def _textured(top: float = 0) -> str:
    return _area("url(#t)", top=top)
