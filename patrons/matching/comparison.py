"""How two people compare, field by field, in words for staff."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import TextChoices

from characters.text import is_one_slip, one_line
from patrons import birth_date
from patrons.matching import weights
from patrons.matching.addresses import AddressAgreement
from patrons.matching.duplicates import Applicant
from patrons.matching.names import NameAgreement
from patrons.matching.weights import Field, Person
from patrons.models import Patron
from patrons.withholding.shown import HIDDEN, WITHHELD
from patrons.withholding.shown import shown as as_may_be_shown
from staff.base import EMPTY

Value = Callable[[Applicant | Patron], str]


class Likeness(TextChoices):
    """How one person's value and another's compare."""

    SAME = "same", "同じ"
    SPELLING = "spelling", "表記だけ違う"
    POSSIBLE = "possible", "わかる部分は同じ"
    SLIP = "slip", "1字違い"
    DIFFERENT = "different", "違う"
    MISSING = "missing", "記録なし"
    WITHHELD = "withheld", "比べません"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A person's value beside another's."""

    label: str
    value: str
    likeness: Likeness

    @property
    def differs(self) -> bool:
        return self.likeness not in (Likeness.SAME, Likeness.MISSING, Likeness.WITHHELD)


# The fields that can agree, as the duplicate rules name them.
AGREEING: dict[str, str] = {
    Field.NAME: "名前",
    Field.KANA: "名前カタカナ",
    Field.BIRTH_DATE: "生年月日",
    Field.PHONE: "電話番号",
    Field.EMAIL: "E-mail",
    Field.ADDRESS: "住所",
}

BIRTH_DATE = attrgetter("birth_date")
ADDRESS, HOUSE = attrgetter("address"), attrgetter("address_key")
# Said where nothing may be told of what else agrees.
SIMILAR = "名前と生年月日などが似た利用者あり"
# Each field's label, how a person's value is shown, and what the duplicate rules compare of it.
FIELDS: tuple[tuple[str, Value, Value], ...] = (
    ("名前", attrgetter("name"), attrgetter("name_key")),
    (
        "名前カタカナ",
        lambda one: f"{one.last_name_kana} {one.first_name_kana}".strip(),
        attrgetter("kana_key"),
    ),
    ("生年月日", lambda one: birth_date.display(one.birth_date), BIRTH_DATE),
    ("郵便番号", attrgetter("postal_code"), attrgetter("postal_code")),
    ("住所", lambda one: one_line(one.address), ADDRESS),
    ("電話番号", attrgetter("phone"), attrgetter("phone")),
    ("E-mail", attrgetter("email"), attrgetter("email_key")),
)


def compare(one: Applicant | Patron, other: Applicant | Patron) -> Iterator[Compared]:
    """Compare a person with another, whose values are shown, in the order of FIELDS.

    Neither the value of a withheld patron is told, nor whether it is the other's.
    """
    one, other = as_may_be_shown(one), as_may_be_shown(other)
    for label, shown, key in FIELDS:
        ours, theirs = shown(one), shown(other)
        if str(WITHHELD) in (ours, theirs):
            likeness = Likeness.WITHHELD
        elif not ours or not theirs:
            likeness = Likeness.MISSING
        elif ours == theirs:
            likeness = Likeness.SAME
        elif key(one) == key(other) or (key is ADDRESS and _is_one_address(one, other)):
            likeness = Likeness.SPELLING
        elif key is BIRTH_DATE and birth_date.may_be_same(key(one), key(other)):
            likeness = Likeness.POSSIBLE
        elif is_one_slip(*map(HOUSE if key is ADDRESS else key, (one, other))):
            likeness = Likeness.SLIP
        else:
            likeness = Likeness.DIFFERENT
        yield Compared(label=label, value=theirs, likeness=likeness)


def side_by_side(
    one: Applicant | Patron, others: Iterable[Applicant | Patron]
) -> list[dict[str, Any]]:
    """Return a table's rows: each field's label, a person's own value, the others' compared."""
    rows = zip(*(compare(one, other) for other in (one, *others)), strict=True)
    return [{"label": own.label, "own": own.value or EMPTY, "cells": cells} for own, *cells in rows]


def _is_one_address(one: Applicant | Patron, other: Applicant | Patron) -> bool:
    """Return whether two addresses differ in their spelling only: not two flats of one house."""
    agreement = weights.address_agreement(one, other)
    is_same_town = agreement is AddressAgreement.TOWN
    return agreement is AddressAgreement.SAME or (
        is_same_town and one.address_key == other.address_key
    )


def agreement_in_words(one: Person, other: Person) -> str:
    """Say what agrees of two people: 名前、電話番号、住所が一致（生年月日は1字違い）."""
    agreement = weights.compare(one, other)
    names = {Field.NAME: agreement.name, Field.KANA: agreement.kana}
    words = [
        f"{AGREEING[field]}の「名」" if names.get(field) is NameAgreement.GIVEN else AGREEING[field]
        for field in agreement.fields
        if may_be_told(field, one, other)
    ]
    differing = ""
    if agreement.birth_date is weights.BirthDates.NEAR:
        pairs = zip(one.birth_date, other.birth_date, strict=True)
        is_one_digit = sum(ours != theirs for ours, theirs in pairs) == 1
        differing = f"（生年月日は{'1字違い' if is_one_digit else '数字の順が違う'}）"
    return f"{'、'.join(words)}が一致{differing}"


def may_be_told(field: str, *people: Person) -> bool:
    """Return whether staff learn that people agree in a field: not where one is withheld."""
    withheld = any(getattr(person, "withheld_at", None) for person in people)
    return not (withheld and field in HIDDEN)
