"""An item's barcode on a slip: NW-7 (JIS X 0506), where it has letters Code 39 (JIS X 0503)."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NW_7 = re.compile(r"[0-9$:/.+-]+")
CODE_39 = re.compile(r"[0-9A-Z $/.+%-]+")
# A bar that an office printer still draws, quiet zones of ten on both sides, and how high.
NARROW_MM, QUIET, HEIGHT_MM = 0.33, 10, 15


def svg(number: str) -> SafeString | None:
    """Return the barcode as an SVG image; None for characters that neither has."""
    modules = _modules(number)
    if not modules:
        return None
    width = len(modules) + 2 * QUIET
    bars = ((QUIET + bar.start(), len(bar[0])) for bar in re.finditer("1+", modules))
    return format_html(
        '<svg class="slip__bars" role="img" aria-label="資料番号のバーコード"'
        ' viewBox="0 0 {} 10" width="{}mm" height="{}mm" preserveAspectRatio="none">{}</svg>',
        width,
        f"{width * NARROW_MM:.2f}",
        HEIGHT_MM,
        format_html_join("", '<rect x="{}" width="{}" height="10"/>', bars),
    )


def _modules(number: str) -> str:
    """Return a character for each narrow element, 1 is black; "" where it cannot be drawn."""
    from barcode.codabar import CODABAR  # import pillow: only where a slip is drawn
    from barcode.codex import Code39

    if NW_7.fullmatch(number):
        return str(CODABAR(f"A{number}A", narrow=1, wide=3).build()[0])
    if CODE_39.fullmatch(number):
        return str(Code39(number, add_checksum=False).build()[0])
    return ""
