"""The barcode: the symbol itself, against the published table, and the picture of it."""

import io
import re

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mylibrary.patron_card import barcode

NUMBERS = st.text(alphabet="0123456789-$:/.+", min_size=1, max_size=11)


# Seven elements, bar first: n is narrow, W is wide (JIS X 0506, table 1).
PATTERNS = {
    "A": "nnWWnWn",
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


def standard(number: str, module: barcode.Module) -> barcode.Symbol:
    """Return the symbol as the standard has it: a narrow space stands between two characters."""
    widths = {"n": module.narrow, "W": module.wide}
    x, bars = module.quiet, []
    for position, element in enumerate("n".join(PATTERNS[c] for c in f"A{number}A")):
        if position % 2 == 0:
            bars.append((x, widths[element]))
        x += widths[element]
    return barcode.Symbol(x + module.quiet, tuple(bars))


@given(NUMBERS)
def test_symbol_is_the_standards(number):
    references = [standard(number, module) for module in barcode.MODULES]
    assert barcode.symbol(number) in references
    assert barcode.large_symbol(number) in (standard(number, barcode.LARGE), None)


@pytest.mark.parametrize("number", ["8000028", "80000283", "1234567890"])
def test_usual_numbers_have_the_wide_module_on_the_narrowest_screen(number):
    symbol = barcode.symbol(number)
    assert {width for _, width in symbol.bars} == {2, 5}
    assert symbol.width <= 320


def test_long_number_has_the_narrow_module():
    symbol = barcode.symbol("12345678901234567890")
    assert {width for _, width in symbol.bars} == {1, 3}
    assert symbol.width <= 320


def test_only_a_number_that_fits_usual_screens_is_drawn_large():
    assert barcode.large_symbol("8000028").width <= 360
    assert {width for _, width in barcode.large_symbol("8000028").bars} == {3, 7}
    assert barcode.large_symbol("80000283") is None


@pytest.mark.parametrize("number", ["8000028", "12345678901234567890", "1-2$3:4/5.6+7"])
def test_the_picture_is_read_and_as_large_as_on_paper(number):
    picture = Image.open(io.BytesIO(barcode.png(number)))
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.Codabar)
    assert found.text == f"A{number}A"
    assert round(picture.info["dpi"][0]) == 300
    narrow = min(width for _, width in barcode.symbol(number).bars)
    pixels = picture.width / barcode.symbol(number).width * narrow
    assert pixels / 300 * 25.4 == pytest.approx(0.34 if narrow == 2 else 0.25, abs=0.01)


@pytest.mark.parametrize("number", ["", "800002A", "８０００", "800 002", "1" * 40, "<", "é"])
def test_number_that_cannot_be_drawn_gives_none(number):
    assert barcode.svg(number) is None
    assert barcode.png(number) is None


@pytest.mark.parametrize("number", ["8000028", "12345678901234567890"])
def test_picture_is_whole_pixels_high_enough_and_labelled(number):
    svg = barcode.svg(number)
    assert not re.search(r"\d\.\d", svg)
    assert barcode.HEIGHT >= 80
    assert svg.count("<path") == 2 * svg.count("<svg")
    assert f'role="img" aria-label="貸出券の番号 {number} のバーコード"' in svg
    assert 'shape-rendering="crispEdges"' in svg
