"""Labelled pairs to estimate the weights from: `python -m bench.pairs pairs.csv`.

Records of one person: made by `bench/mixes/estimation.tsv`. Records of two people: every pair of a
made-up population that shares a key, each once, and as many drawn from all others, each of which
counts for as many as were not drawn. So what is rare is counted exactly.
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from random import Random

import django

from bench import changes, people

POPULATION = 20_000
DRAWN = 60_000
SAME = 30_000
# Far from the seeds of every other use, so these people are nobody's there.
SEED = 7_000_001
FIELDS = ("name", "kana", "birth_date", "postal_code", "address", "phone", "email")


def same_people(random: Random, known: list[changes.Person]) -> Iterator[tuple]:
    """Yield pairs of one person."""
    for kind in changes.read_mix(changes.MIXES / "estimation.tsv"):
        fitting = [person for person in known if changes.fits(person, kind.base)]
        for _ in range(SAME * kind.share // 1000):
            person = random.choice(fitting)
            yield person, changes.changed(random, person, kind), 1


def other_people(random: Random, known: list[changes.Person]) -> Iterator[tuple]:
    """Yield pairs of two people with how many pairs each stands for."""
    from patrons.matching.addresses import address_key
    from patrons.matching.keys import kana_key, name_key

    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for ordinal, person in enumerate(known):
        keys = {
            "name": name_key(person["name"]),
            "kana": kana_key(person["kana"]),
            "address": address_key(person["address"]),
        } | {name: person[name] for name in ("birth_date", "phone", "email")}
        for name, key in keys.items():
            if key:
                groups[name, key].append(ordinal)
    sharing = {pair for group in groups.values() for pair in combinations(group, 2)}
    for one, other in sorted(sharing):
        yield known[one], known[other], 1
    rest = len(known) * (len(known) - 1) // 2 - len(sharing)
    drawn: set[tuple[int, int]] = set()
    while len(drawn) < DRAWN:
        pair = tuple(sorted(random.sample(range(len(known)), 2)))
        if pair not in sharing:
            drawn.add(pair)
    for one, other in sorted(drawn):
        yield known[one], known[other], rest / DRAWN


def main() -> None:
    """Write the file that `manage.py estimate_weights` reads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    path = parser.parse_args().path
    os.environ |= {"DEPLOYMENT": "demo", "DJANGO_SETTINGS_MODULE": "oita_library.settings"}
    django.setup()
    random = Random(SEED)
    known = [changes.plain(person) for person in people.people(POPULATION, seed=SEED)]
    labelled = {"yes": same_people(random, known), "no": other_people(random, known)}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        sides = [f"{name}_{side}" for side in (1, 2) for name in FIELDS]
        writer.writerow(["same_person", "stands_for", *sides])
        for label, pairs in labelled.items():
            for *sides, count in pairs:
                values = [person[name] for person in sides for name in FIELDS]
                writer.writerow([label, f"{count:g}", *values])
    print(f"{path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
