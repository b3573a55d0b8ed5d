"""The levels of agreement, the table, and how the rules behave on generated people."""

import csv
from collections import Counter
from itertools import pairwise
from math import log2
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command

from bench import changes, people
from patrons.birth_date import is_near, near
from patrons.matching.duplicates import Applicant, DuplicateReason, judge
from patrons.matching.names import compare_kana, compare_names
from patrons.matching.weights import (
    FIELDS,
    HINT,
    POSSIBLE,
    UNKNOWN,
    BirthDates,
    Names,
    birth_dates_level,
    given_name_agrees,
    names_level,
    weights,
)
from tests.patrons.people import applicant

COLUMNS = ("name", "kana", "birth_date", "postal_code", "address", "phone", "email")


def person(values: dict[str, str]) -> Applicant:
    last_name, _, first_name = values["kana"].partition("　")
    names = ("name", "birth_date", "postal_code", "address", "phone", "email")
    return applicant(
        last_name_kana=last_name,
        first_name_kana=first_name,
        **{name: values[name] for name in names},
    )


@pytest.fixture(scope="module")
def generated() -> list[dict[str, str]]:
    return [changes.plain(one) for one in people.people(3000, seed=77)]


@pytest.mark.parametrize("birth_date", ["20130720", "19991231", "18800101", "19900409"])
def test_what_is_near_a_birth_date_is_found_both_ways(birth_date):
    found = near(birth_date)
    assert 20 < len(found) < 60
    for other in found:
        assert is_near(birth_date, other)
        assert birth_dates_level(other, birth_date) is BirthDates.NEAR
        assert birth_date in near(other)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("20130720", "20130720", BirthDates.SAME),
        ("20130720", "20130702", BirthDates.NEAR),
        ("20130403", "20130304", BirthDates.NEAR),
        ("20130403", "20130502", BirthDates.OTHER),
        ("20130720", "20310720", BirthDates.NEAR),
        ("20130720", "20130700", BirthDates.UNKNOWN),
        ("20130720", "00000000", BirthDates.UNKNOWN),
        ("20130720", "20140000", BirthDates.OTHER),
    ],
)
def test_birth_dates_agree_as_far_as_they_are_known(one, other, level):
    assert birth_dates_level(one, other) is birth_dates_level(other, one) is level


def test_the_short_way_to_a_given_name_misses_nobody(generated):
    random = Random(3)
    pairs = [tuple(map(person, random.sample(generated, 2))) for _ in range(3000)]
    for kind in changes.read_mix(changes.MIXES / "evaluation.tsv"):
        fitting = [one for one in generated if changes.fits(one, kind.base)]
        for one in random.sample(fitting, 15):
            pairs.append((person(one), person(changes.changed(random, one, kind))))
    agree = Counter()
    for one, other in pairs:
        kana = [(each.last_name_kana, each.first_name_kana) for each in (one, other)]
        level = names_level(compare_names(one.name, other.name), compare_kana(*kana))
        assert given_name_agrees(one, other) is (level is not Names.OTHER), (one, other)
        agree[level is not Names.OTHER] += 1
    assert min(agree.values()) > 100


def test_every_field_weighs_and_none_decides_alone():
    table = weights()
    assert {field for field, _ in table} == set(FIELDS)
    assert not [level for _, level in table if level == UNKNOWN]
    assert max(table.values()) <= HINT < POSSIBLE
    for field, better_first in {
        "names": ("same", "close", "sounds", "given", "other"),
        "birth_date": ("same", "near", "other"),
        "phone": ("same", "other"),
        "email": ("same", "other"),
        "address": ("same", "block", "none"),
    }.items():
        found = [table[field, level] for level in better_first]
        assert all(better > worse for better, worse in pairwise(found)), (field, found)


def test_weights_are_estimated_from_labelled_pairs(tmp_path: Path):
    pairs, table = tmp_path / "pairs.csv", tmp_path / "table.tsv"
    values = {"name": "大分　太郎", "kana": "オオイタ　タロウ", "birth_date": "20130720"}
    values |= dict.fromkeys(("postal_code", "address", "email"), "")
    # Of one person's 20 pairs 15 share a phone, of two people's 1000 (ten rows of 100) none.
    rows = [("yes", 1, "0970000000", "0970000000" if n < 15 else "0970000001") for n in range(20)]
    rows += [("no", 100, "0970000000", f"097000001{n}") for n in range(10)]
    with pairs.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        sides = [f"{name}_{side}" for side in (1, 2) for name in COLUMNS]
        writer.writerow(["same_person", "stands_for", *sides])
        for label, count, *phones in rows:
            both = [(values | {"phone": phone})[name] for phone in phones for name in COLUMNS]
            writer.writerow([label, count, *both])
    call_command("estimate_weights", pairs, output=table, source="a test")
    lines = [line.split("\t") for line in table.read_text().splitlines() if line[0] != "#"]
    found = {(field, level): float(weight) for field, level, _, _, weight in lines}
    assert found["phone", "same"] == pytest.approx(log2((15.5 / 21) / (0.5 / 1001)), abs=0.01)
    assert found["phone", "other"] == pytest.approx(log2((5.5 / 21) / (1000.5 / 1001)), abs=0.01)
    # Nobody in the file has an e-mail.
    assert ("email", "same") not in found


def test_generated_people_are_found_and_their_relatives_are_not_stopped(generated):
    """`make bench` measures the same in a database, with more people."""
    random = Random(4)
    found: Counter[tuple[bool, str]] = Counter()
    for kind in changes.read_mix(changes.MIXES / "evaluation.tsv"):
        fitting = [one for one in generated if changes.fits(one, kind.base)]
        for _ in range(2 * kind.share):
            one = random.choice(fitting)
            judgement = judge(person(changes.changed(random, one, kind)), person(one))
            stopped = judgement.reason is not DuplicateReason.NONE
            found[kind.same, "stopped" if stopped else "hint" if judgement.is_hint else "none"] += 1
    same: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for (is_same, what), count in found.items():
        (same if is_same else others)[what] = count
    assert same["stopped"] >= 0.95 * same.total()
    assert same["stopped"] + same["hint"] >= 0.99 * same.total()
    assert others["stopped"] <= 0.01 * others.total()
