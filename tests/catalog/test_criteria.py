"""What an address asks for: every one is read, and written as one address."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Material
from catalog.search.criteria import (
    LAST_PAGE,
    ROWS,
    Criteria,
    Field,
    Operator,
    Sort,
    Term,
    read,
    read_year,
)

CHOICES = {
    "field": [*Field.values, "nowhere", ""],
    "operator": [*Operator.values, "xor", ""],
}
TYPED = st.text(max_size=250) | st.sampled_from(
    ["猫", "福沢 諭吉", "“夏 目”", "9784101010014", "&|!':*", '"', "\0", "\ud800", "%_\\", "　"]
)
ADDRESSES = st.fixed_dictionaries(
    {},
    optional={
        "q": TYPED,
        **{f"word{row}": TYPED for row in range(1, ROWS + 2)},
        **{
            f"{name}{row}": st.sampled_from(values)
            for name, values in CHOICES.items()
            for row in range(1, ROWS + 1)
        },
        "material": st.sampled_from([*Material.values, "scroll", ""]),
        "branch": st.sampled_from(["main", "compal", "Ä", "a b", ""]),
        "language_of_text": st.sampled_from(["jpn", "eng", "xx-", ""]),
        "class": st.sampled_from([*"059", "10", "x"]),
        "year_from": st.sampled_from(["1999", "昭和25", "S25", "0", "いつか", "99999"]),
        "year_to": st.sampled_from(["2013", "２０１３年", "", "-1", "1800"]),
        "available": st.sampled_from(["1", "0", ""]),
        "children": st.sampled_from(["1", "yes"]),
        "sort": st.sampled_from([*Sort.values, "price"]),
        "page": st.sampled_from(["1", "2", "0", "-5", "1e3", "999999", "9" * 5000, "二"]),
    },
)


def asked(**given) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in given.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


@given(ADDRESSES)
def test_what_is_read_is_written_and_read_again(given):
    criteria = read(asked(**given))
    assert read(QueryDict(criteria.query(page=criteria.page))) == criteria
    assert read(QueryDict(criteria.query())).page == 1
    # What the form of the detailed search is filled with sends the same terms again.
    form = {f"word{row}": term.text for row, term in enumerate(criteria.rows, 1) if term}
    form |= {f"field{row}": term.field for row, term in enumerate(criteria.rows, 1) if term}
    form |= {f"operator{row}": term.operator for row, term in enumerate(criteria.rows, 1) if term}
    assert read(asked(**form)).terms == criteria.terms


def test_one_text_is_the_search_fields_and_several_are_rows():
    assert read(asked(q="福沢 諭吉")).query() == "q=%E7%A6%8F%E6%B2%A2+%E8%AB%AD%E5%90%89"
    rows = read(asked(word1="猫", word3="犬", operator3="or", field3="title"))
    assert rows.terms == (
        Term(text="猫"),
        Term(text="犬", field=Field.TITLE, operator=Operator.OR),
    )
    assert (rows.simple, read(asked(word2="猫", operator2="or")).simple) == ("", "猫")


def test_what_only_takes_away_keeps_its_row():
    without = read(asked(word2="猫", operator2="not", material="daisy"))
    assert without.simple == ""
    assert without.rows[:2] == [None, Term(text="猫", operator=Operator.NOT)]
    assert "operator2=not" in without.query()


def test_no_more_rows_than_the_form_has():
    typed = {f"word{row}": f"猫{row}" for row in range(1, 9)}
    found = read(asked(q="犬", **typed)).terms
    assert [term.text for term in found] == ["犬", "猫1", "猫2", "猫3"]


@pytest.mark.parametrize(
    "typed", ["", " ", "　", "&|!'\\:*<->", "\0", "\ud800\udfff", '""', "「」", "％"]
)
def test_what_is_no_word_looks_for_nothing(typed):
    assert read(asked(q=typed)) == Criteria()


def test_a_long_text_is_cut():
    assert len(read(asked(q="猫" * 500)).simple) == 200


def test_junk_limits_nothing():
    junk = {"material": "scroll", "branch": "a b", "class": "10", "sort": "price", "page": "-1"}
    assert read(asked(q="猫", **junk)) == read(asked(q="猫"))
    assert read(asked(q="猫", page="9" * 6)).page == LAST_PAGE
    assert not read(asked(q="猫", page="3")).limited
    assert read(asked(available="1")).limited


def test_several_values_of_one_limit_are_kept_once_each():
    several = read(asked(material=["daisy", "braille", "daisy"], branch=["main", "Compal_2"]))
    assert (several.materials, several.branches) == (("daisy", "braille"), ("main", "Compal_2"))


@pytest.mark.parametrize(
    ("typed", "year"),
    [
        ("2013", 2013),
        ("２０１３年", 2013),
        ("昭和25", 1950),
        ("S25", 1950),
        ("昭和二十五年", 1950),
        ("平成元年", 1989),
        ("1603", 1603),
        ("0000", None),
        ("平成99", None),
        ("25", None),
        ("いつか", None),
        ("2" * 5000, None),
        ("", None),
    ],
)
def test_a_year_as_people_write_it(typed, year):
    assert read_year(typed) == year


def test_years_the_wrong_way_round_are_turned():
    turned = read(asked(year_from="2020", year_to="1999"))
    assert (turned.year_from, turned.year_to) == (1999, 2020)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("福沢 諭吉", ("福沢", "諭吉")),
        ('"福沢 諭吉" 自伝', ("福沢諭吉", "自伝")),
        ("「norwegian wood」", ("norwegian wood",)),
        ('"猫', ("猫",)),
        ("C++", ("c++",)),
    ],
)
def test_words_are_parted_by_spaces_and_kept_together_by_quotes(text, words):
    assert Term(text=text).words == words


def test_an_isbn_is_one_in_its_fields_only():
    assert Term(text="4-10-101001-3").isbn == "9784101010014"
    assert Term(text="4-10-101001-3", field=Field.TITLE).isbn == ""
