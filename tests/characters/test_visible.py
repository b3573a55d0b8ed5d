"""What nobody can see is as empty as nothing, and every form for people knows it."""

import sys
import unicodedata

import pytest
from django import forms
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from characters.text import is_visible, one_line
from tests.project.test_floors import FLOORS
from ui.forms import VisibleField

# Default_Ignorable_Code_Point of Unicode 16.0's DerivedCoreProperties.txt, as ranges.
DEFAULT_IGNORABLE = (
    "00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F "
    "FEFF FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)


def code_points(ranges: str):
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \u3000\xa0\t\r\n",
        "\u200b\u200b",
        "\ufe00",
        "\U000e0100",
        "\u3164",
        "\uffa0\u115f\u1160",
        "\u2800",
        "\u0301",
        "\u3099",
        "\u2060\ufeff\u00ad",
        "\u202e\u2066",
    ],
    ids=ascii,
)
def test_there_is_nothing_to_see(text):
    assert not is_visible(text)


def test_no_default_ignorable_code_point_is_seen():
    assert not [hex(code) for code in code_points(DEFAULT_IGNORABLE) if is_visible(chr(code))]


@pytest.mark.parametrize(
    "text", ["大分　太郎", "葛\U000e0100城", "が", "\u200bア", "ー", "〓", "é", "Ñ", "\ue000", "𠮷"]
)
def test_there_is_something_to_see(text):
    assert is_visible(text)


def test_every_letter_but_the_fillers_is_seen():
    hidden = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code))[0] in "LN" and not is_visible(chr(code))
    }
    # The last two are letters in newer editions of Unicode than some of our Pythons know.
    assert hidden - {0x13441, 0x13442} == {0x115F, 0x1160, 0x3164, 0xFFA0}


@given(st.text(), st.text())
def test_more_text_never_hides_what_is_seen(one, other):
    assert is_visible(one + other) == (is_visible(one) or is_visible(other))


def forms_of_ours(base=forms.Form):
    for form in base.__subclasses__():
        if form.__module__.partition(".")[0] in FLOORS:
            yield form
        yield from forms_of_ours(form)


def test_every_text_that_people_write_must_show_something():
    assert get_resolver().url_patterns  # imports every view with its forms
    texts = {
        f"{form.__name__}.{name}": field
        for form in forms_of_ours()
        for name, field in form.base_fields.items()
        if isinstance(field, forms.CharField)
        and not isinstance(field.widget, forms.PasswordInput | forms.HiddenInput)
    }
    assert len(texts) > 10
    others = [name for name, field in texts.items() if not isinstance(field, VisibleField)]
    # They name nobody: they are looked up, or read as numbers and days.
    assert sorted(others) == [
        *("ImportForm.text", "RecordForm.q", "StaffLoginForm.username"),
        *("SuspendForm.until", "TitleDecisionForm.record"),
    ]


def test_a_field_takes_what_shows_nothing_for_nothing():
    with pytest.raises(forms.ValidationError):
        VisibleField().clean("\u200b\u200b")
    assert VisibleField(required=False).clean("\u3164") == ""
    assert VisibleField().clean("葛\U000e0100城") == "葛\U000e0100城"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb", "a b"),
        ("a\r\nb\r\n\r\nc", "a b c"),
        ("a\tb\x0b\x0cc\x85d\u2028e\u2029f", "a b c d e f"),
        ("a \u3000b", "a \u3000b"),
        ("\0\x1b\ud800", "\0\x1b\ud800"),
    ],
)
def test_line_breaks_and_tabs_are_one_space_in_one_line(text, line):
    assert one_line(text) == line
    assert len(line.splitlines()) == 1
