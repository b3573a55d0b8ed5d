"""Made-up pairs of records: what one person's later data, or a relative's, look like.

A mix is a table of kinds: whether it is the same person, how many in a thousand, of whom it is
made, and what is changed with which chance (`bench/mixes/`). Everything here takes people as
`bench.people` has them, postal code and phone without hyphens, and returns others.
"""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench import people
from bench.name_parts import given, surname
from bench.names import VARIANTS

MIXES = Path(__file__).resolve().parent / "mixes"
Person = dict[str, str]
_VOICED = ("カガ", "キギ", "クグ", "コゴ", "サザ", "シジ", "タダ", "トド", "ハバ", "ヒビ", "ホボ")
_SLIPS = "アイウエオカキクコサシスセソタチツトナニノハヒフホマミムモヤユヨラリルレロワン"
# A kanji that some registers have in another form, which no table folds: stands for all of them.
_UNKNOWN_FORMS = "𠂉𠀋𡈁𠮟𡌛𢈘𢛳𣇄𣏐𤭖"


class Kind(NamedTuple):
    """A kind of pair; `base` is any, kanji (a name in Japanese), foreign or young."""

    name: str
    same: bool
    share: int
    base: str
    changes: tuple[tuple[str, float], ...]


def read_mix(path: Path) -> list[Kind]:
    """Read a mix."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return [
            Kind(
                row["kind"],
                row["same person"] == "yes",
                int(row["per thousand"]),
                row["of"],
                tuple(map(_change, row["changes"].split(", ") if row["changes"] else ())),
            )
            for row in rows
        ]


def _change(text: str) -> tuple[str, float]:
    name, _, chance = text.partition(" ")
    return name, float(chance or 1)


def fits(person: Person, base: str) -> bool:
    """Return whether a kind of pair can be made of a person."""
    if not people_are_known(person):
        return False
    is_foreign = person["name"].isascii()
    age = people.TODAY.year - int(person["birth_date"][:4])
    match base:
        case "kanji":
            return not is_foreign and len(person["name"].split("　")) == 2
        case "foreign":
            return is_foreign
        case "young":
            return not is_foreign and age < 40
    return True


def people_are_known(person: Person) -> bool:
    """Return whether name, kana and birth date of a person are complete."""
    return "0000" not in person["birth_date"][4:] and bool(person["kana"])


def changed(random: Random, person: Person, kind: Kind) -> Person:
    """Return the other record of a pair."""
    found = dict(person)
    for name, chance in kind.changes:
        if random.random() < chance:
            found |= CHANGES[name](random, found)
    return found


def plain(person: Person) -> Person:
    """Return a person of `bench.people` as the form has the values."""
    digits = {name: person[name].replace("-", "") for name in ("postal_code", "phone")}
    return {**person, **digits}


def _stranger(random: Random) -> Person:
    return plain(next(people.people(1, seed=random.randrange(1 << 40))))


def _moved(random: Random, person: Person) -> Person:
    other = _stranger(random)
    return {name: other[name] for name in ("postal_code", "address")}


def _phone(random: Random, person: Person) -> Person:
    return {"phone": f"090{random.randrange(10**8):08}"}


def _email(random: Random, person: Person) -> Person:
    return {"email": f"n{random.randrange(36**6):x}@example.jp"}


def _spelling(random: Random, person: Person) -> Person:
    """The address as a card has it, or as somebody types it."""
    text = person["address"].translate(str.maketrans("０１２３４５６７８９－", "0123456789-"))
    ways: list[tuple[tuple[str, str], ...]] = [
        (("丁目", "-"), ("番地の", "-"), ("番地", ""), ("番", "-"), ("号", "")),
        (("大分県", ""), ("丁目", "－"), ("番地の", "－"), ("番", "－"), ("号", "")),
        (("番地の", "番地ノ"), ("大字", "")),
    ]
    block, space, building = text.partition("　")
    for old, new in random.choice(ways):
        block = block.replace(old, new)
    return {"address": block + space + building}


def _building(random: Random, person: Person) -> Person:
    return {"address": person["address"].partition("　")[0]}


def _variant(random: Random, person: Person) -> Person:
    family, space, name = person["name"].partition("　")
    return {"name": VARIANTS.get(family, family) + space + name}


def _unlisted(random: Random, person: Person) -> Person:
    """A form of one kanji that no table knows."""
    text = person["name"]
    places = [at for at, sign in enumerate(text) if not sign.isspace()]
    at = random.choice(places)
    return {"name": text[:at] + random.choice(_UNKNOWN_FORMS) + text[at + 1 :]}


def _unread(random: Random, person: Person) -> Person:
    text = person["name"]
    at = random.choice([at for at, sign in enumerate(text) if not sign.isspace()])
    return {"name": f"{text[:at]}〓{text[at + 1 :]}"}


def _bracket(random: Random, person: Person) -> Person:
    return {"name": f"{person['name']}（旧姓：{surname(random)[0]}）"}


def _family(random: Random, person: Person) -> Person:
    """A new family name."""
    family, kana = surname(random)
    name, given_kana = (person[part].partition("　")[2] for part in ("name", "kana"))
    return {"name": f"{family}　{name}", "kana": f"{kana}　{given_kana}"}


def _order(random: Random, person: Person) -> Person:
    return {"name": " ".join(person["name"].split()[::-1])}


def _kana_order(random: Random, person: Person) -> Person:
    family, _, name = person["kana"].partition("　")
    return {"kana": f"{name}　{family}"}


def _middle(random: Random, person: Person) -> Person:
    words = person["name"].split()
    return {"name": " ".join([words[0], *words[2:]]) if len(words) > 2 else person["name"]}


def _kana_voicing(random: Random, person: Person) -> Person:
    """ヤマサキ for ヤマザキ: the family's name is read otherwise."""
    family, space, name = person["kana"].partition("　")
    for plain_kana, voiced in random.sample(_VOICED, len(_VOICED)):
        if plain_kana in family[1:]:
            return {"kana": family[0] + family[1:].replace(plain_kana, voiced, 1) + space + name}
        if voiced in family[1:]:
            return {"kana": family[0] + family[1:].replace(voiced, plain_kana, 1) + space + name}
    return {}


def _kana_slip(random: Random, person: Person) -> Person:
    """Any one kana wrong, missing, or swapped with its neighbour."""
    text = person["kana"]
    at = random.choice([at for at, sign in enumerate(text) if not sign.isspace()])
    way = random.random()
    if way < 0.5:
        return {"kana": text[:at] + random.choice(_SLIPS) + text[at + 1 :]}
    parts = text.partition("　")
    if way < 0.75 and min(len(parts[0]), len(parts[2])) > 1:
        return {"kana": text[:at] + text[at + 1 :]}
    if at + 1 < len(text) and not text[at + 1].isspace():
        return {"kana": text[:at] + text[at + 1] + text[at] + text[at + 2 :]}
    return {}


def _born_digit(random: Random, person: Person) -> Person:
    born = person["birth_date"]
    while True:
        at = random.randrange(2, 8)
        slip = born[:at] + random.choice("0123456789") + born[at + 1 :]
        if slip != born and _is_date(slip):
            return {"birth_date": slip}


def _born_swapped(random: Random, person: Person) -> Person:
    born = person["birth_date"]
    swaps = [born[:at] + born[at + 1] + born[at] + born[at + 2 :] for at in range(2, 7)]
    swaps.append(born[:4] + born[6:] + born[4:6])
    possible = [swap for swap in swaps if swap != born and _is_date(swap)]
    return {"birth_date": random.choice(possible)} if possible else {}


def _is_date(born: str) -> bool:
    try:
        found = date.fromisoformat(f"{born[:4]}-{born[4:6]}-{born[6:]}")
    except ValueError:
        return False
    return date(1900, 1, 1) < found <= people.TODAY


def _given(random: Random, person: Person) -> Person:
    """Another given name of the same generation: a brother's or a sister's."""
    age = people.TODAY.year - int(person["birth_date"][:4])
    generation = 0 if age >= 60 else 1 if age >= 25 else 2
    family, family_kana = (person[part].partition("　")[0] for part in ("name", "kana"))
    while True:
        name, kana = given(random, woman=random.random() < 0.5, generation=generation)
        if kana not in person["kana"] and name not in person["name"]:
            return {"name": f"{family}　{name}", "kana": f"{family_kana}　{kana}"}


def _alike(random: Random, person: Person) -> Person:
    """A given name that shares a character with the first one's, as many twins have."""
    own = set(person["name"].partition("　")[2])
    for _ in range(300):
        found = _given(random, person)
        if own & set(found["name"].partition("　")[2]):
            return found
    return found


def _years(least: int, most: int) -> Callable[[Random, Person], Person]:
    def change(random: Random, person: Person) -> Person:
        born = person["birth_date"]
        first = date(int(born[:4]), int(born[4:6]), 1)
        days = timedelta(days=random.randint(365 * least, 365 * most) * random.choice((-1, 1)))
        return {"birth_date": f"{first + days:%Y%m%d}"}

    return change


def _neighbour(random: Random, person: Person) -> Person:
    """Somebody else at the same address, who shares nothing but that."""
    other = _stranger(random)
    return {**other, "address": person["address"], "postal_code": person["postal_code"]}


CHANGES: dict[str, Callable[[Random, Person], Person]] = {
    "moved": _moved,
    "phone": _phone,
    "email": _email,
    "spelling": _spelling,
    "building": _building,
    "variant": _variant,
    "unlisted": _unlisted,
    "unread": _unread,
    "bracket": _bracket,
    "family": _family,
    "order": _order,
    "kana_order": _kana_order,
    "middle": _middle,
    "kana_voicing": _kana_voicing,
    "kana_slip": _kana_slip,
    "born_digit": _born_digit,
    "born_swapped": _born_swapped,
    "given": _given,
    "alike": _alike,
    "born_near": _years(1, 9),
    "born_parent": _years(20, 40),
    "neighbour": _neighbour,
}
