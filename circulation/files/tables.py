"""The lines of a snapshot's files, of which those of patrons without a login are left aside.

Whatever is wrong in a line is told by its number and a code: what stands in it is somebody's.
"""

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from django.utils import timezone

from catalog.importing.items import materials, table, without_controls
from catalog.models import MAXIMUM_CONTROL_NUMBER, MAXIMUM_ITEM_NUMBER
from characters.cp932 import GETA
from circulation.enums import HoldState, Refusal, Standing
from circulation.files.manifest import YEARS, Part
from circulation.files.models import RequestOutcome
from patrons.normalize import normalize_patron_number

EXAMPLES = 5
LONGEST_TITLE = 1000
LARGEST = 32_767
Cells = Mapping[str, str]

PATRONS = {"patron": "利用者番号", "standing": "状態"}
LOANS = {
    **{"patron": "利用者番号", "item_number": "資料番号", "control_number": "書誌番号"},
    **{"title": "書名", "material": "資料の種類", "branch": "貸出館", "lent_at": "貸出日時"},
    **{"due": "返却期限", "renewals": "延長回数", "refusal": "延長できない理由"},
}
HOLDS = {
    **{"hold_number": "予約番号", "patron": "利用者番号", "control_number": "書誌番号"},
    **{"title": "書名", "pickup": "受取館", "state": "状態", "position": "順番"},
    **{"asked_at": "予約日時", "suspended_until": "休止期限", "item_number": "資料番号"},
    **{"ready_at": "用意できた日時", "keep_until": "取り置き期限", "shelf_number": "取り置き番号"},
}
ANSWERS = {"id": "申込番号", "outcome": "結果", "refusal": "理由"}
# The columns, and which of them a file must have.
COLUMNS = {
    "patrons": (PATRONS, ("patron", "standing")),
    "loans": (LOANS, ("patron", "item_number", "lent_at", "due")),
    "holds": (HOLDS, ("hold_number", "patron", "state")),
    "answers": (ANSWERS, ("id", "outcome")),
}
STANDINGS = {
    **{"利用可": Standing.ACTIVE, "利用停止": Standing.SUSPENDED, "紛失": Standing.CARD_LOST},
    "退会": Standing.WITHDRAWN,
} | {value: Standing(value) for value in Standing.values}
STATES = {
    **{"順番待ち": HoldState.WAITING, "確保": HoldState.SECURED, "利用可能": HoldState.READY},
    "期限切れ": HoldState.EXPIRED,
} | {value: HoldState(value) for value in HoldState.values}
OUTCOMES = {"済": RequestOutcome.DONE, "不可": RequestOutcome.REFUSED} | {
    value: RequestOutcome(value) for value in (RequestOutcome.DONE, RequestOutcome.REFUSED)
}
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\udc80-\udcff]")
_UNDECODED = re.compile("[\udc80-\udcff]+")
_DAY = re.compile(r"([0-9]{4})([-/]?)([0-9]{1,2})\2([0-9]{1,2})")
_MOMENT = re.compile(r"(\S+?)(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?")
_ZONED = re.compile(r"Z$|[+-][0-9]{2}:?[0-9]{2}$")


class Wrong(Exception):
    """A line is not used; the text is one of `circulation.files.words.WRONG`."""


@dataclass(kw_only=True)
class Reading:
    """What is known while a snapshot is read, and what was found.

    `patrons` are those with a login by number, `branches` all by code. `incomplete` are patrons of
    whom a line is wrong: what is lent to them is not known.
    """

    patrons: Mapping[str, int]
    branches: Mapping[str, int]
    rows: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[list[Any]]] = field(default_factory=lambda: defaultdict(list))
    incomplete: set[int] = field(default_factory=set)
    seen: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))

    def read(self, kind: str, part: Part, codec: str) -> Iterator[tuple[Any, ...]]:
        """Yield the lines of a file as rows to be staged; raises FileRefused and OSError."""
        columns, required = COLUMNS[kind]
        row_of = ROWS[kind]
        for line, cells in table(part.path, columns, required, codec, "surrogateescape"):
            self.rows[kind] += 1
            try:
                if "wrong" in cells:
                    raise Wrong("columns")
                row = row_of(self, cells)
            except Wrong as wrong:
                self.wrong[kind] += 1
                if len(self.examples[kind]) < EXAMPLES:
                    self.examples[kind].append([line, str(wrong)])
                # Of a line with a comma too many, any cell may be the patron's.
                whose = cells.get("all", cells.get("patron", "")).split("\n")
                numbers = map(normalize_patron_number, whose)
                self.incomplete.update(self.patrons[one] for one in numbers if one in self.patrons)
                continue
            if row is not None:
                yield row

    def once(self, kind: str, value: Any) -> None:
        """Raise Wrong where a value that is one row's alone was there before."""
        if value in self.seen[kind]:
            raise Wrong("twice")
        self.seen[kind].add(value)


def _patron(reading: Reading, cells: Cells) -> tuple[Any, ...] | None:
    patron = _whose(reading, cells)
    standing = _one_of(cells, "standing", STANDINGS)
    reading.once("patron", normalize_patron_number(cells["patron"]))
    return None if patron is None else (patron, standing.value)


def _loan(reading: Reading, cells: Cells) -> tuple[Any, ...] | None:
    patron = _whose(reading, cells)
    item_number = _text(cells, "item_number", MAXIMUM_ITEM_NUMBER, needed=True)
    lent_at, due = _moment(cells, "lent_at"), _day(cells, "due")
    if lent_at is None or due is None:
        raise Wrong("date")
    row = (
        *(patron, item_number, *_work(cells)),
        _one_of(cells, "material", materials(), default=""),
        _branch(reading, cells, "branch"),
        *(lent_at, due, _count(cells, "renewals") or 0),
        # A reason that we do not know is one all the same.
        _refusal(cells.get("refusal", "")),
    )
    reading.once("item", item_number)
    return None if patron is None else row


def _hold(reading: Reading, cells: Cells) -> tuple[Any, ...] | None:
    patron = _whose(reading, cells)
    number = _text(cells, "hold_number", MAXIMUM_CONTROL_NUMBER, needed=True)
    state, work = _one_of(cells, "state", STATES), _work(cells)
    if not any(work):
        raise Wrong("title")
    item_number = _text(cells, "item_number", MAXIMUM_ITEM_NUMBER)
    pickup, shelf_number = _branch(reading, cells, "pickup"), _count(cells, "shelf_number")
    row = (
        *(patron, number, *work, pickup, state.value),
        *(_count(cells, "position"), _moment(cells, "asked_at"), _day(cells, "suspended_until")),
        *(item_number, _moment(cells, "ready_at"), _day(cells, "keep_until"), shelf_number),
    )
    reading.once("hold", number)
    if item_number and state != HoldState.EXPIRED:
        reading.once("held item", item_number)
    if shelf_number is not None and state == HoldState.READY:
        reading.once("shelf number", (pickup, shelf_number))
    return None if patron is None else row


def _answer(reading: Reading, cells: Cells) -> tuple[Any, ...]:
    try:
        key = uuid.UUID(cells["id"])
    except ValueError:
        raise Wrong("id") from None
    outcome = _one_of(cells, "outcome", OUTCOMES)
    reading.once("answer", key)
    refused = outcome == RequestOutcome.REFUSED
    refusal = _refusal(cells.get("refusal", "")) or Refusal.NOT_OFFERED.value
    return key, outcome.value, refusal if refused else ""


ROWS: dict[str, Callable[[Reading, Cells], tuple[Any, ...] | None]] = {
    **{"patrons": _patron, "loans": _loan, "holds": _hold, "answers": _answer},
}


def _whose(reading: Reading, cells: Cells) -> int | None:
    number = normalize_patron_number(cells["patron"])
    if not number:
        raise Wrong("patron")
    return reading.patrons.get(number)


def _work(cells: Cells) -> tuple[str, str]:
    """Return the control number and the title."""
    control_number = _text(cells, "control_number", MAXIMUM_CONTROL_NUMBER)
    # A character that cannot be read is no reason to hide a loan.
    title = without_controls(_UNDECODED.sub(GETA, cells.get("title", "")))[:LONGEST_TITLE]
    return control_number, title


def _text(cells: Cells, name: str, longest: int, *, needed: bool = False) -> str:
    value = cells.get(name, "")
    if _CONTROLS.search(value):
        raise Wrong("characters")
    if len(value) > longest or (needed and not value):
        raise Wrong("number")
    return value


def _one_of(cells: Cells, name: str, values: Mapping[str, Any], *, default: Any = None) -> Any:
    value = cells.get(name, "")
    if not value and default is not None:
        return default
    if value not in values:
        raise Wrong("word")
    return values[value]


def _refusal(value: str) -> str:
    if not value:
        return ""
    return value if value in Refusal.values else Refusal.NOT_OFFERED.value


def _branch(reading: Reading, cells: Cells, name: str) -> int | None:
    code = cells.get(name, "")
    if code and code not in reading.branches:
        raise Wrong("branch")
    return reading.branches.get(code)


def _count(cells: Cells, name: str) -> int | None:
    value = cells.get(name, "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 5 or int(value) > LARGEST:
        raise Wrong("count")
    return int(value)


def _day(cells: Cells, name: str) -> date | None:
    value = cells.get(name, "")
    return _read_day(value) if value else None


def _moment(cells: Cells, name: str) -> datetime | None:
    value = cells.get(name, "")
    return _read_moment(value) if value else None


@lru_cache(maxsize=4096)
def _read_day(value: str) -> date:
    """Read 2026-03-24, 2026/3/24 or 20260324."""
    found = _DAY.fullmatch(value)
    if not found or (not found[2] and len(value) != 8):
        raise Wrong("date")
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise Wrong("date") from None
    if day.year not in YEARS:
        raise Wrong("date")
    return day


@lru_cache(maxsize=4096)
def _read_moment(value: str) -> datetime:
    """Read a day with or without a time; without a zone it is the library's."""
    try:
        if _ZONED.search(value) and ":" in value:
            moment = datetime.fromisoformat(value).astimezone(UTC)
            if moment.year not in YEARS:
                raise Wrong("date")
            return moment
        found = _MOMENT.fullmatch(value)
        if not found:
            raise Wrong("date")
        hour, minute, second = (int(part or 0) for part in found.groups()[1:])
        clock = time(hour, minute, second, tzinfo=timezone.get_default_timezone())
        return datetime.combine(_read_day(found[1]), clock)
    except (ValueError, OverflowError):
        raise Wrong("date") from None
