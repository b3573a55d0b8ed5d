"""The patron card's barcode: NW-7 (Codabar, JIS X 0506) with start and stop A.

On screens everything is whole CSS pixels, because a bar that falls between two pixels is grey and
is not read; on paper a narrow element has a size in millimetres. Bars are one path, so the page
stays small.
"""

from typing import NamedTuple

from django.utils.safestring import SafeString

# Seven elements, bar first: n is narrow, W is wide (JIS X 0506, table 1).
PATTERNS = {
    "0": "nnnnnWW",
    "1": "nnnnWWn",
    "2": "nnnWnnW",
    "3": "WWnnnnn",
    "4": "nnWnnWn",
    "5": "WnnnnWn",
    "6": "nWnnnnW",
    "7": "nWnnWnn",
    "8": "nWWnnnn",
    "9": "WnnWnnn",
    "-": "nnnWWnn",
    "$": "nnWWnnn",
    ":": "WnnnWnW",
    "/": "WnWnnnW",
    ".": "WnWnWnn",
    "+": "nnWnWnW",
}
START_STOP = "A"
_START_STOP_PATTERN = "nnWWnWn"

QUIET_ZONE = 20
HEIGHT = 90
NARROWEST_SCREEN = 320
# A card of 85.6 mm (ISO/IEC 7810, ID-1) with margins; bars that an office printer still draws. The
# smaller ones fit whatever fits NARROWEST_SCREEN.
PAPER_WIDTH_MM = 80
PAPER_HEIGHT_MM = 15
PAPER_NARROW_MM = (0.33, 0.25)


class Module(NamedTuple):
    """Widths of the narrow and the wide elements in CSS pixels."""

    narrow: int
    wide: int


# The second, for long numbers, is read as well from today's phones, whose screens have two or more
# pixels to a CSS pixel.
MODULES = (Module(2, 5), Module(1, 3))


class Symbol(NamedTuple):
    """A barcode: its width with both quiet zones, and (x, width) of each bar, in CSS pixels."""

    width: int
    bars: tuple[tuple[int, int], ...]


def symbol(number: str) -> Symbol | None:
    """Return the barcode of a patron number; None where it cannot be drawn.

    That is a number with characters NW-7 does not have, or one too long for a screen of
    NARROWEST_SCREEN pixels.
    """
    if not number or not all(character in PATTERNS for character in number):
        return None
    for module in MODULES:
        drawn = _draw(number, module)
        if drawn.width <= NARROWEST_SCREEN:
            return drawn
    return None


def svg(number: str) -> SafeString | None:
    """Return the barcode as an inline SVG image, None where there is none."""
    drawn = symbol(number)
    return drawn and _picture(drawn, number, str(drawn.width), str(HEIGHT))


def paper_svg(number: str) -> SafeString | None:
    """Return the barcode for a printed card, in millimetres; None where it cannot be drawn."""
    drawn = symbol(number)
    if drawn is None:
        return None
    modules = drawn.width / min(width for _, width in drawn.bars)
    narrow_mm = next(size for size in PAPER_NARROW_MM if modules * size <= PAPER_WIDTH_MM)
    return _picture(drawn, number, f"{modules * narrow_mm:.2f}mm", f"{PAPER_HEIGHT_MM}mm")


def _picture(drawn: Symbol, number: str, width: str, height: str) -> SafeString:
    bars = "".join(f"M{x} 0h{width}v{HEIGHT}h-{width}z" for x, width in drawn.bars)
    # Only characters of PATTERNS come this far, none of which means anything to HTML.
    return SafeString(
        f'<svg width="{width}" height="{height}" viewBox="0 0 {drawn.width} {HEIGHT}" '
        f'preserveAspectRatio="none" role="img" '
        f'aria-label="貸出券の番号 {number} のバーコード" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{drawn.width}v{HEIGHT}H0z"/>'
        f'<path fill="#000" d="{bars}"/></svg>'
    )


def _draw(number: str, module: Module) -> Symbol:
    patterns = [_START_STOP_PATTERN, *(PATTERNS[c] for c in number), _START_STOP_PATTERN]
    x = QUIET_ZONE
    bars = []
    # A narrow space stands between two characters.
    for position, element in enumerate("n".join(patterns)):
        width = module.wide if element == "W" else module.narrow
        if position % 2 == 0:
            bars.append((x, width))
        x += width
    return Symbol(x + QUIET_ZONE, tuple(bars))
