"""The patron card's barcode: NW-7 (Codabar, JIS X 0506) with start and stop A, by python-barcode.

On screens everything is whole CSS pixels, because a bar that falls between two pixels is grey and
is not read; python-barcode's own SVG has millimetres and no viewBox. On paper a narrow element has
a size in millimetres. Bars are one path, so the page stays small.
"""

import re
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

CHARACTERS = frozenset("0123456789-$:/.+")
START_STOP = "A"
HEIGHT = 90
NARROWEST_SCREEN = 320
USUAL_SCREEN = 360
# A card of 85.6 mm (ISO/IEC 7810, ID-1) with margins; bars that an office printer still draws. The
# smaller ones fit whatever fits NARROWEST_SCREEN.
PAPER_WIDTH_MM = 80
PAPER_HEIGHT_MM = 15
PAPER_NARROW_MM = (0.33, 0.25)
# The picture to print: as many pixels for one of the symbol's, by the symbol's narrow element, so
# that a narrow element has about those millimetres.
PICTURE_DPI = 300
PICTURE_SCALE = {2: 2, 1: 3}
PICTURE_HEIGHT, PICTURE_TEXT, PICTURE_MARGIN = 180, 56, 24
NUMBERS_KEPT = 256


class Module(NamedTuple):
    """Widths of the narrow and the wide elements, and of a quiet zone, in CSS pixels."""

    narrow: int
    wide: int
    quiet: int


# The second, for long numbers, is read as well from today's phones, whose screens have two or more
# pixels to a CSS pixel.
MODULES = (Module(2, 5, 20), Module(1, 3, 20))
# From USUAL_SCREEN on.
LARGE = Module(3, 7, 30)


class Symbol(NamedTuple):
    """A barcode: its width with both quiet zones, and (x, width) of each bar, in CSS pixels."""

    width: int
    bars: tuple[tuple[int, int], ...]

    @property
    def narrow(self) -> int:
        return min(width for _, width in self.bars)


def symbol(number: str) -> Symbol | None:
    """Return the barcode of a patron number.

    None for characters that NW-7 does not have, and where NARROWEST_SCREEN is too narrow.
    """
    return _first_that_fits(number, MODULES, NARROWEST_SCREEN)


def large_symbol(number: str) -> Symbol | None:
    """Return the barcode for screens of USUAL_SCREEN pixels and more, None for a longer number."""
    return _first_that_fits(number, (LARGE,), USUAL_SCREEN)


def svg(number: str) -> SafeString | None:
    """Return the barcode as an inline SVG image, None where there is none.

    Where a large one fits there are two, of which the style sheet shows the one for the screen.
    """
    return _svg(number, get_language())


@lru_cache(NUMBERS_KEPT)
def _svg(number: str, language: str) -> SafeString | None:
    drawn, large = symbol(number), large_symbol(number)
    if drawn and large:
        small = _picture(drawn, number, name="bars bars--small")
        return small + _picture(large, number, name="bars bars--large")
    return _picture(drawn, number) if drawn else None


def paper_svg(number: str) -> SafeString | None:
    """Return the barcode for a printed card, in millimetres; None where it cannot be drawn."""
    drawn = symbol(number)
    if drawn is None:
        return None
    modules = drawn.width / drawn.narrow
    narrow_mm = next(size for size in PAPER_NARROW_MM if modules * size <= PAPER_WIDTH_MM)
    size = (f"{modules * narrow_mm:.2f}mm", f"{PAPER_HEIGHT_MM}mm")
    return _picture(drawn, number, size=size)


def png(number: str) -> bytes | None:
    """Return the barcode above its number as a PNG to print; None where it cannot be drawn."""
    from PIL import Image, ImageDraw, ImageFont  # for this picture alone

    drawn = symbol(number)
    if drawn is None:
        return None
    scale = PICTURE_SCALE[drawn.narrow]
    width = drawn.width * scale
    height = PICTURE_MARGIN + PICTURE_HEIGHT + PICTURE_TEXT + 2 * PICTURE_MARGIN
    picture = Image.new("L", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    bottom = PICTURE_MARGIN + PICTURE_HEIGHT
    for x, bar in drawn.bars:
        draw.rectangle((x * scale, PICTURE_MARGIN, (x + bar) * scale - 1, bottom - 1), "black")
    font = ImageFont.load_default(PICTURE_TEXT)
    draw.text((width / 2, bottom + PICTURE_MARGIN), number, "black", font, anchor="mt")
    file = BytesIO()
    picture.save(file, "PNG", dpi=(PICTURE_DPI, PICTURE_DPI))
    return file.getvalue()


def _first_that_fits(number: str, modules: tuple[Module, ...], screen: int) -> Symbol | None:
    from barcode.codabar import CODABAR  # imports pillow: only where a card is drawn

    if not number or not CHARACTERS.issuperset(number):
        return None
    marked = f"{START_STOP}{number}{START_STOP}"
    for module in modules:
        # A character for each pixel: 1 is black.
        (pixels,) = CODABAR(marked, narrow=module.narrow, wide=module.wide).build()
        width = len(pixels) + 2 * module.quiet
        if width <= screen:
            bars = ((module.quiet + bar.start(), len(bar[0])) for bar in re.finditer("1+", pixels))
            return Symbol(width, tuple(bars))
    return None


def _picture(
    drawn: Symbol, number: str, *, size: tuple[str, str] | None = None, name: str = "bars"
) -> SafeString:
    width, height = size or (drawn.width, HEIGHT)
    bars = "".join(f"M{x} 0h{width}v{HEIGHT}h-{width}z" for x, width in drawn.bars)
    # Only CHARACTERS come this far, none of which means anything to HTML.
    label = gettext("貸出券の番号 %(number)s のバーコード") % {"number": number}
    return SafeString(
        f'<svg class="{name}" width="{width}" height="{height}" '
        f'viewBox="0 0 {drawn.width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{drawn.width}v{HEIGHT}H0z"/>'
        f'<path fill="#000" d="{bars}"/></svg>'
    )
