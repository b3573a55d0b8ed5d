"""What the agreement of two people's data weighs: the record linkage of Fellegi and Sunter (1969).

Each field has levels of agreement. A level weighs log2(m / u): how often two records of one person
are at it (m), and how often those of two people (u). The weights add up; what a record lacks weighs
nothing. `patrons/data/match_weights.tsv` has them, made by `manage.py estimate_weights`.
"""

from collections.abc import Collection
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from patrons import birth_date
from patrons.matching.addresses import AddressAgreement, compare_addresses
from patrons.matching.keys import name_traits
from patrons.matching.names import (
    GIVEN_NAME_AGREES,
    NameAgreement,
    compare_kana,
    compare_names,
)

TABLE = Path(__file__).resolve().parent.parent / "data" / "match_weights.tsv"
# From these sums on an application stops, and staff are told. Two people drawn at random are as
# likely one person as not at log2(patrons), 20 for a million.
POSSIBLE = 26.0
HINT = 18.0


class Person(Protocol):
    """What is compared of an applicant or a stored patron."""

    @property
    def name(self) -> str: ...
    @property
    def last_name_kana(self) -> str: ...
    @property
    def first_name_kana(self) -> str: ...
    @property
    def name_key(self) -> str: ...
    @property
    def kana_key(self) -> str: ...
    @property
    def birth_date(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def email_key(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def address_key(self) -> str: ...


class Field(StrEnum):
    """What can agree; the codes of the reasons."""

    NAME = "name"
    KANA = "kana"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"


class Names(StrEnum):
    """How far two people's names agree, kanji and kana together, since one follows the other.

    SAME: as written. CLOSE: in kana, and as written but for a slip or a sign that cannot be read.
    SOUNDS: in kana alone. SLIP: but for a slip, by either. GIVEN: the given name, by either.
    """

    SAME = "same"
    CLOSE = "close"
    SOUNDS = "sounds"
    SLIP = "slip"
    GIVEN = "given"
    OTHER = "other"


class BirthDates(StrEnum):
    """How far two birth dates agree; NEAR is one slip, UNKNOWN what both know is the same."""

    SAME = "same"
    NEAR = "near"
    UNKNOWN = "unknown"
    OTHER = "other"


class Contact(StrEnum):
    SAME = "same"
    UNKNOWN = "unknown"
    OTHER = "other"


class Agreement(NamedTuple):
    """How far two people's data agree, each field at a level; `name` and `kana` tell of `names`."""

    names: Names
    birth_date: BirthDates
    phone: Contact
    email: Contact
    address: AddressAgreement
    name: NameAgreement
    kana: NameAgreement

    @property
    def weight(self) -> float:
        table = weights()
        return sum(
            table.get((field, level), 0.0)
            for field, level in zip(FIELDS, self[: len(FIELDS)], strict=True)
        )

    @property
    def may_stop(self) -> bool:
        """Whether the given name and the whole birth date agree, each perhaps but for a slip.

        The kana alone stop nobody: another field has to agree besides the birth date.
        """
        if self.birth_date not in (BirthDates.SAME, BirthDates.NEAR):
            return False
        if self.names is Names.SOUNDS:
            return not {Field.PHONE, Field.EMAIL, Field.ADDRESS}.isdisjoint(self.fields)
        return self.names is not Names.OTHER

    def without(self, contacts: Collection[Field]) -> "Agreement":
        """Return the same without phone or e-mail, where that says nothing."""
        return self._replace(
            phone=Contact.UNKNOWN if Field.PHONE in contacts else self.phone,
            email=Contact.UNKNOWN if Field.EMAIL in contacts else self.email,
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that agree, a slip or a spelling apart, but not a near birth date."""
        agree = {
            Field.NAME: self.name in GIVEN_NAME_AGREES,
            Field.KANA: self.kana in GIVEN_NAME_AGREES,
            Field.BIRTH_DATE: self.birth_date is BirthDates.SAME,
            Field.PHONE: self.phone is Contact.SAME,
            Field.EMAIL: self.email is Contact.SAME,
            Field.ADDRESS: self.address is AddressAgreement.SAME,
        }
        return tuple(field for field, agrees in agree.items() if agrees)


# The fields that weigh, the first of an Agreement, and their levels; UNKNOWN weighs nothing.
FIELDS: dict[str, type[StrEnum]] = {
    "names": Names,
    "birth_date": BirthDates,
    "phone": Contact,
    "email": Contact,
    "address": AddressAgreement,
}
UNKNOWN = "unknown"


def compare(one: Person, other: Person) -> Agreement:
    """Compare two people field by field."""
    name, kana = compare_names(one.name, other.name), _compare_kana(one, other)
    return Agreement(
        names=names_level(name, kana),
        birth_date=birth_dates_level(one.birth_date, other.birth_date),
        phone=_contact(one.phone, other.phone),
        email=_contact(one.email_key, other.email_key),
        address=address_agreement(one, other),
        name=name,
        kana=kana,
    )


def given_name_agrees(one: Person, other: Person) -> bool:
    """Return whether a given name agrees, as written or in kana, perhaps but for a slip.

    Most of those born on one day share neither a character nor two kana in a row, which is found
    out some forty times faster than how far their names agree.
    """
    characters, pairs = name_traits(one.name, one.name_key, one.kana_key)
    share = not (characters.isdisjoint(other.name_key) and characters.isdisjoint(other.name))
    if share and compare_names(one.name, other.name) in GIVEN_NAME_AGREES:
        return True
    # A given name of one kana has no pair.
    if one.first_name_kana == other.first_name_kana or any(
        pair in other.kana_key for pair in pairs
    ):
        return _compare_kana(one, other) in GIVEN_NAME_AGREES
    return False


def names_level(name: NameAgreement, kana: NameAgreement) -> Names:
    """Join how far two names agree as written and in kana."""
    if name is NameAgreement.SAME:
        return Names.SAME
    if kana is NameAgreement.SAME:
        close = name in (NameAgreement.SLIP, NameAgreement.UNKNOWN)
        return Names.CLOSE if close else Names.SOUNDS
    if NameAgreement.SLIP in (name, kana):
        return Names.SLIP
    return Names.GIVEN if NameAgreement.GIVEN in (name, kana) else Names.OTHER


def birth_dates_level(one: str, other: str) -> BirthDates:
    if birth_date.is_complete(one) and birth_date.is_complete(other):
        if one == other:
            return BirthDates.SAME
        return BirthDates.NEAR if birth_date.is_near(one, other) else BirthDates.OTHER
    may_be_same = birth_date.may_be_same(one, other)
    return BirthDates.UNKNOWN if may_be_same else BirthDates.OTHER


@cache
def weights() -> dict[tuple[str, str], float]:
    """Return the weights by field and level, read once."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {(field, level): float(weight) for field, level, _, _, weight in rows}


def _compare_kana(one: Person, other: Person) -> NameAgreement:
    return compare_kana(
        (one.last_name_kana, one.first_name_kana), (other.last_name_kana, other.first_name_kana)
    )


def address_agreement(one: Person, other: Person) -> AddressAgreement:
    return compare_addresses(
        one.address, other.address, postal_codes=(one.postal_code, other.postal_code)
    )


def _contact(one: str, other: str) -> Contact:
    if not one or not other:
        return Contact.UNKNOWN
    return Contact.SAME if one == other else Contact.OTHER
