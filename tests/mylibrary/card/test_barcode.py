"""The barcode: the symbol itself, against python-barcode's."""

import re

import pytest
from barcode.codabar import CODABAR
from hypothesis import given
from hypothesis import strategies as st

from mylibrary.card import barcode

NUMBERS = st.text(alphabet="0123456789-$:/.+", min_size=1, max_size=11)


def drawn(symbol: barcode.Symbol) -> str:
    """Return a symbol as python-barcode writes one: 1 black, 0 white, a digit per pixel."""
    pixels = ["0"] * symbol.width
    for x, width in symbol.bars:
        pixels[x : x + width] = "1" * width
    return "".join(pixels)


@given(NUMBERS)
def test_symbol_is_python_barcodes(number):
    symbol = barcode.symbol(number)
    references = [
        CODABAR(f"A{number}A", narrow=narrow, wide=wide).build()[0]
        for narrow, wide in barcode.MODULES
    ]
    quiet = "0" * barcode.QUIET_ZONE
    assert drawn(symbol) in [quiet + reference + quiet for reference in references]


@pytest.mark.parametrize("number", ["8000028", "80000283", "1234567890"])
def test_usual_numbers_have_the_wide_module_on_the_narrowest_screen(number):
    symbol = barcode.symbol(number)
    assert {width for _, width in symbol.bars} == {2, 5}
    assert symbol.width <= 320


def test_long_number_has_the_narrow_module():
    symbol = barcode.symbol("12345678901234567890")
    assert {width for _, width in symbol.bars} == {1, 3}
    assert symbol.width <= 320


@pytest.mark.parametrize("number", ["", "800002A", "８０００", "800 002", "1" * 40, "<", "é"])
def test_number_that_cannot_be_drawn_gives_none(number):
    assert barcode.svg(number) is None


@pytest.mark.parametrize("number", ["8000028", "12345678901234567890"])
def test_picture_is_whole_pixels_high_enough_and_labelled(number):
    svg = barcode.svg(number)
    assert not re.search(r"\d\.\d", svg)
    assert barcode.HEIGHT >= 80
    assert svg.count("<path") == 2
    assert f'role="img" aria-label="貸出券の番号 {number} のバーコード"' in svg
    assert 'shape-rendering="crispEdges"' in svg
