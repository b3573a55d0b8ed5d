"""Measure how decision and admin grow with the patrons: `python -m bench.scale`.

A database of its own gets 10 thousand, 100 thousand and 1 million made-up patrons, with as many
lines of the record and messages; at each size the decision on an applicant and the pages of the
staff's desk are timed in this process.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median, quantiles

from bench import desk, fill, report
from bench.stack import in_this_process

SIZES = (10_000, 100_000, 1_000_000)
DECISIONS = 2000
PAGES = 15
WARMUP = 3
DECISION_AIM = 1.3
PAGE_AIM = 3.0
MARK = "<!-- scale -->"
LIST = "/admin/patrons/patron/"
# What waits, and the statistics of a fiscal year, which the worker has counted.
FIRST_PAGE = ("/admin/", {"period": "year"})


@dataclass(frozen=True)
class Decision:
    """Milliseconds of one decision at one size, and the most statements one took."""

    median: float
    p99: float
    statements: int


@dataclass(frozen=True)
class Measured:
    """What one size took: the decision, and the median milliseconds of each page."""

    decision: Decision
    pages: dict[str, float]


def measure(sizes: tuple[int, ...]) -> list[Measured]:
    """Fill the database size by size and measure at each."""
    from patrons.models import Patron

    fill.make(max(sizes))
    found = []
    for size in sizes:
        fill.grow(size)
        desk.grow()
        known = list(Patron.objects.filter(withdrawn_at=None).order_by("number")[:DECISIONS])
        found.append(Measured(_decision(known), _pages(known[len(known) // 2])))
    return found


def _decision(known: list) -> Decision:
    """Time residency, postal code and duplicates, as the application does them.

    Every second applicant is new, the others are patrons who come again, some of them with a card
    that is linked. Each decision computes the matching keys, which an applicant keeps.
    """
    from django.db import connection

    from patrons import residency
    from patrons.services import find_duplicates

    applicants = [*map(_new, fill.applicants(DECISIONS // 2)), *map(_again, known[::2])]
    statements: list[int] = []
    seconds = []
    for _ in range(2):
        seconds.clear()
        for applicant in map(replace, applicants):
            begun = time.perf_counter()
            decision = residency.decide(applicant.address)
            residency.check_postal_code(applicant.postal_code, decision.municipality_code or "")
            find_duplicates(applicant=applicant)
            seconds.append(time.perf_counter() - begun)
    for applicant in applicants[::50]:
        with _counted(connection) as count:
            find_duplicates(applicant=applicant)
        statements.append(len(count))
    return Decision(1000 * median(seconds), 1000 * quantiles(seconds, n=100)[-1], max(statements))


@contextmanager
def _counted(connection) -> Iterator[list[str]]:
    found: list[str] = []

    def note(execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
        found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def _new(person: dict[str, str]):
    from patrons.matching.duplicates import Applicant

    last_name, _, first_name = person["kana"].partition("　")
    return Applicant(
        issuer=fill.ISSUER,
        subject=f"new {person['number']}",
        name=person["name"],
        birth_date=person["birth_date"],
        address=person["address"],
        last_name_kana=last_name,
        first_name_kana=first_name,
        postal_code=person["postal_code"].replace("-", ""),
        phone=person["phone"].replace("-", ""),
        email=person["email"],
        contact_method="none",
    )


def _again(patron):
    from patrons.matching.duplicates import Applicant

    return Applicant(
        issuer=fill.ISSUER,
        subject=fill.subject(patron.number),
        name=patron.name,
        birth_date=patron.birth_date,
        address=patron.address,
        last_name_kana=patron.last_name_kana,
        first_name_kana=patron.first_name_kana,
        postal_code=patron.postal_code,
        phone=patron.phone,
        email=patron.email,
        contact_method="none",
    )


def queries(patron) -> dict[str, dict[str, str]]:
    """Return the measured pages of the list: what they are called, and their parameters."""
    return {
        "first page": {},
        "tenth page": {"p": "10"},
        "by number": {"q": patron.number},
        "by part of a number": {"q": patron.number[3:]},
        "by name": {"q": patron.name},
        "by the commonest family name": {"q": "佐藤"},
        "by kana": {"q": f"{patron.last_name_kana} {patron.first_name_kana}"},
        "by family name in kana": {"q": "サトウ"},
        "by phone": {"q": patron.phone},
        "by e-mail": {"q": "a1b2c3@example.jp"},
        "by birth date": {"q": patron.birth_date},
        "by what nobody has": {"q": "居ない人の名前"},
        "市町: 大分市": {"municipality": "44201"},
        "市町: 津久見市": {"municipality": "44207"},
        "市町: その他・不明": {"municipality": "other"},
        "未反映": {"exported": "no"},
        "反映済み": {"exported": "yes"},
        "転出": {"moved_out": "yes"},
        "情報秘匿": {"withheld": "yes"},
        "メール未確認": {"mail": "unconfirmed"},
        "一度もログインしていない": {"login": "never"},
        "今日オンラインで登録": {"registered": "today_online"},
        "二重登録の可能性": {"double": "possible"},
        "今日電話で連絡": {"call": "today"},
        "by receipt": {"q": "A-123"},
        "退会済み": {"withdrawn": "yes"},
        "電子申請": {"registered_via__exact": "online"},
        "予約連絡方法: メール": {"contact_method__exact": "email"},
        "year": {"registered_at__year": "2020"},
        "day": {
            "registered_at__year": "2020",
            "registered_at__month": "6",
            "registered_at__day": "1",
        },
        "佐藤 in 津久見市": {"q": "佐藤", "municipality": "44207"},
    }


def _pages(patron) -> dict[str, float]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    from figures.services import count_until

    client = Client(HTTP_HOST="localhost")
    staff, _ = get_user_model().objects.get_or_create(
        username="staff", defaults={"is_staff": True, "is_superuser": True}
    )
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    pages = queries(patron)
    headings = client.get(LIST).content.decode()
    for what, column in (("number", "number"), ("kana", "person")):
        place = re.search(rf'column-{column}.*?href="\?o=(\d+)', headings, re.DOTALL)[1]
        pages[f"ordered by {what}"] = {"o": place}
    count_until()
    found = {f"list: {what}": _page(client, LIST, query) for what, query in pages.items()}
    others = {"the staff's first page": FIRST_PAGE, **desk.pages(patron)}
    return found | {what: _page(client, *page) for what, page in others.items()}


def _page(client, address: str, query: dict[str, str]) -> float:
    seconds = []
    for _ in range(WARMUP + PAGES):
        begun = time.perf_counter()
        response = client.get(address, query)
        seconds.append(time.perf_counter() - begun)
        if response.status_code != 200:
            raise SystemExit(f"{address} {query}: {response.status_code}")
    return 1000 * median(seconds[WARMUP:])


def table(sizes: tuple[int, ...], found: list[Measured]) -> str:
    """Return the figures as Markdown."""
    first, last = found[0], found[-1]
    heads = " | ".join(f"{size:,}" for size in sizes)
    lines = [
        f"| milliseconds, with so many patrons | {heads} | growth | aim |",
        "|---|" + "--:|" * (len(sizes) + 2),
    ]
    decisions = [one.decision for one in found]
    rows = {
        "decision, median": ([d.median for d in decisions], f"≤ {DECISION_AIM}"),
        "decision, 99th percentile": ([d.p99 for d in decisions], f"≤ {DECISION_AIM}"),
    }
    rows |= {what: ([one.pages[what] for one in found], f"≤ {PAGE_AIM:g}") for what in first.pages}
    for what, (values, aim) in rows.items():
        cells = " | ".join(f"{value:.2f}" if value < 10 else f"{value:.1f}" for value in values)
        lines.append(f"| {what} | {cells} | {values[-1] / values[0]:.2f} | {aim} |")
    return "\n".join(
        [*lines, "", f"A decision takes {last.decision.statements} statements (aim: ≤ 3)."]
    )


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    sizes = tuple(options.sizes)
    with in_this_process():
        text = table(sizes, measure(sizes))
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
