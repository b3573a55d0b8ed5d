"""Measure how well and how fast double registrations are found: `python -m bench.matching`.

A database of its own gets 10 thousand, 100 thousand and 1 million made-up patrons. At each size
people of `bench/mixes/evaluation.tsv`, made of patrons drawn from it, and people who are in no
database apply. Everything is generated: the figures say how the rules behave, not what a library
has.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from statistics import mean, median, quantiles

from bench import changes, fill, report
from bench.stack import in_this_process

SIZES = (10_000, 100_000, 1_000_000)
SAME_PEOPLE = 4000
UNRELATED = 10_000
TIMED = 2000
SEED = 42
MARK = "<!-- matching -->"
DECISION_AIM = 1.6


@dataclass
class Outcomes:
    """What became of the applicants of one kind: stopped, hinted at, offered a record, of all."""

    total: int = 0
    possible: int = 0
    hint: int = 0
    offered: int = 0

    def __add__(self, other: "Outcomes") -> "Outcomes":
        return Outcomes(
            self.total + other.total,
            self.possible + other.possible,
            self.hint + other.hint,
            self.offered + other.offered,
        )


@dataclass
class Measured:
    """The outcomes by kind at one size; milliseconds of a decision, and how many are looked at."""

    kinds: dict[str, Outcomes] = field(default_factory=dict)
    median: float = 0.0
    p99: float = 0.0
    candidates: float = 0.0


def measure(sizes: tuple[int, ...]) -> list[Measured]:
    """Fill the database size by size and measure at each."""
    fill.make(max(sizes))
    found = []
    for size in sizes:
        fill.grow(size)
        found.append(_measure())
    return found


def _measure() -> Measured:
    from patrons.models import Patron

    random = Random(SEED)
    ids = list(Patron.objects.active().order_by("number").values_list("pk", flat=True))
    drawn = Patron.objects.in_bulk(random.sample(ids, min(len(ids), 40_000)))
    known = [(pk, _person(patron)) for pk, patron in sorted(drawn.items())]
    measured = Measured()
    for kind in changes.read_mix(changes.MIXES / "evaluation.tsv"):
        fitting = [one for one in known if changes.fits(one[1], kind.base)]
        outcomes = Outcomes()
        for _ in range(SAME_PEOPLE * kind.share // 1000):
            patron_id, person = random.choice(fitting)
            outcomes += _outcome(_applicant(changes.changed(random, person, kind)), kind, patron_id)
        measured.kinds[kind.name] = outcomes
    strangers = [_applicant(changes.plain(person)) for person in fill.applicants(UNRELATED)]
    unrelated = Outcomes()
    for stranger in strangers:
        unrelated += _outcome(stranger, None, 0)
    measured.kinds["unrelated"] = unrelated
    returning = [_applicant(person) for _, person in known[: TIMED // 2]]
    _time(measured, [*strangers[: TIMED // 2], *returning])
    return measured


def _outcome(applicant, kind: changes.Kind | None, patron_id: int) -> Outcomes:
    """Decide on one applicant, made of a patron.

    Of the same person the patron must be among those who are found; of all others whoever is found
    counts, but for equal name and birth date: nobody can tell such namesakes apart.
    """
    from patrons.identity_link_services import LinkVerdict, find_patron
    from patrons.matching.duplicates import DuplicateReason
    from patrons.services import find_duplicates

    decision = find_duplicates(applicant=applicant)
    offered = find_patron(card=applicant, phone=applicant.phone)
    same = kind is not None and kind.same
    is_offered = offered.verdict in (LinkVerdict.LINKED, LinkVerdict.PROVED)
    if same:
        possible, hint = patron_id in decision.patron_ids, patron_id in decision.hint_ids
    else:
        possible, hint = bool(decision.patron_ids), bool(decision.hint_ids)
        if decision.reason is DuplicateReason.NAME_AND_BIRTH_DATE:
            possible = False
    return Outcomes(
        total=1,
        possible=possible,
        hint=hint and not possible,
        offered=is_offered and not (same and offered.patron_id == patron_id),
    )


def _time(measured: Measured, applicants: list) -> None:
    """Time what the form's POST asks: the keys, the candidates, the decision."""
    from patrons import residency
    from patrons.matching.candidates import possible_duplicates
    from patrons.services import find_duplicates

    seconds = []
    for _ in range(2):
        seconds.clear()
        for applicant in map(replace, applicants):
            begun = time.perf_counter()
            decision = residency.decide(applicant.address)
            residency.check_postal_code(applicant.postal_code, decision.municipality_code or "")
            find_duplicates(applicant=applicant)
            seconds.append(time.perf_counter() - begun)
    measured.median = 1000 * median(seconds)
    measured.p99 = 1000 * quantiles(seconds, n=100)[-1]
    measured.candidates = mean(len(possible_duplicates(applicant)) for applicant in applicants[::4])


def _person(patron) -> changes.Person:
    return {
        "name": patron.name,
        "kana": patron.full_name_kana,
        "birth_date": patron.birth_date,
        "postal_code": patron.postal_code,
        "address": patron.address,
        "phone": patron.phone,
        "email": patron.email,
    }


def _applicant(person: changes.Person):
    from patrons.matching.duplicates import Applicant

    last_name, _, first_name = person["kana"].partition("　")
    fields = ("name", "birth_date", "address", "postal_code", "phone", "email")
    return Applicant(
        issuer=fill.ISSUER,
        # Read for the first time: a link would decide alone.
        subject="a card that was never read",
        last_name_kana=last_name,
        first_name_kana=first_name,
        contact_method="none",
        **{name: person[name] for name in fields},
    )


def table(sizes: tuple[int, ...], found: list[Measured]) -> str:
    """Return the figures as Markdown."""
    kinds = {kind.name: kind for kind in changes.read_mix(changes.MIXES / "evaluation.tsv")}
    relatives = [name for name, kind in kinds.items() if not kind.same]

    def total(measured: Measured, names) -> Outcomes:
        return sum((measured.kinds[name] for name in names), Outcomes())

    same = [total(one, (name for name, kind in kinds.items() if kind.same)) for one in found]
    twins = [total(one, relatives) for one in found]
    others = [one.kinds["unrelated"] for one in found]

    def shares(rows: list[Outcomes], count) -> list[str]:
        return [f"{100 * count(row) / row.total:.2f} %" for row in rows]

    first, last = found[0], found[-1]
    rows = {
        "**same person**: stopped or a hint": (
            shares(same, lambda one: one.possible + one.hint),
            "≥ 99 %",
        ),
        "same person: stopped": (shares(same, lambda one: one.possible), "≥ 95 %"),
        "**relatives, twins, neighbours**: stopped": (
            shares(twins, lambda one: one.possible),
            "≤ 1 %",
        ),
        "relatives …: a hint": (shares(twins, lambda one: one.hint), ""),
        "relatives …: another's record offered": (
            [str(row.offered) for row in twins],
            "0",
        ),
        "**unrelated**: stopped beyond equal name and birth date": (
            shares(others, lambda one: one.possible),
            "≤ 0.1 %",
        ),
        "unrelated: a hint": (shares(others, lambda one: one.hint), ""),
        "unrelated: another's record offered": ([str(row.offered) for row in others], "0"),
        "candidates of a decision, mean": ([f"{one.candidates:.1f}" for one in found], ""),
        "decision, median ms": (
            [f"{one.median:.2f}" for one in found],
            f"≤ {DECISION_AIM} ×: {last.median / first.median:.2f} ×",
        ),
        "decision, 99th percentile ms": (
            [f"{one.p99:.2f}" for one in found],
            f"≤ {DECISION_AIM} ×: {last.p99 / first.p99:.2f} ×",
        ),
    }
    heads = " | ".join(f"{size:,}" for size in sizes)
    lines = ["**生成データ**", "", f"| with so many patrons | {heads} | aim |"]
    lines.append("|---|" + "--:|" * (len(sizes) + 1))
    lines += [f"| {what} | {' | '.join(cells)} | {aim} |" for what, (cells, aim) in rows.items()]
    lines += ["", f"| each kind, with {sizes[-1]:,} patrons | pairs | stopped | a hint | none |"]
    lines.append("|---|--:|--:|--:|--:|")
    for name, one in last.kinds.items():
        counts = Counter(stopped=one.possible, hint=one.hint, none=one.total)
        counts["none"] -= one.possible + one.hint
        cells = " | ".join(f"{100 * count / one.total:.1f} %" for count in counts.values())
        lines.append(f"| {name} | {one.total} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with --write put the tables into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    sizes = tuple(options.sizes)
    with in_this_process():
        text = table(sizes, measure(sizes))
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
