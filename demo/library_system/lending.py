"""The library system's own state, a JSON file, and what it does with what is asked for."""

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

LOAN_DAYS, RENEWAL_DAYS, KEEP_DAYS = 14, 14, 7
ANSWERS_KEPT_DAYS = 30
Row = dict[str, Any]


class Refused(Exception):
    """It is not done; the text is a reason of docs/library-system-files.md."""


@dataclass(kw_only=True)
class State:
    """All that it knows: patrons and holds by number, items and loans by item, answers by id."""

    sequence: int = 0
    last_hold: int = 0
    patrons: dict[str, str] = field(default_factory=dict)
    items: dict[str, Row] = field(default_factory=dict)
    loans: dict[str, Row] = field(default_factory=dict)
    holds: dict[str, Row] = field(default_factory=dict)
    answers: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "State":
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()

    def save(self, path: Path) -> None:
        """Write it whole, for its owner alone."""
        hidden = path.with_name(f".{path.name}.tmp")
        descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False)
        hidden.replace(path)

    def know(self, numbers: Iterable[str]) -> None:
        for number in numbers:
            self.patrons.setdefault(number, "利用可")

    def lend(self, item: str, patron: str, today: date, days_ago: int = 0) -> None:
        lent = today - timedelta(days=days_ago)
        due = lent + timedelta(days=LOAN_DAYS)
        self.loans[item] = {
            **{"patron": patron, "lent": lent.isoformat(), "due": due.isoformat(), "renewals": 0},
        }
        self.items[item]["state"] = "貸出中"

    def take_back(self, item: str) -> None:
        """Let an item come back, to whose turn it is with the next `go_on`."""
        del self.loans[item]
        self.items[item]["state"] = "在架"

    def hold(self, patron: str, control_number: str, pickup: str, today: date) -> str:
        self.last_hold += 1
        number = f"Y{self.last_hold:06}"
        self.holds[number] = {
            **{"patron": patron, "control_number": control_number, "pickup": pickup},
            **{"state": "順番待ち", "asked": today.isoformat(), "suspended": "", "item": ""},
            **{"ready": "", "keep": "", "shelf": ""},
        }
        return number

    def go_on(self, today: date) -> None:
        """Secure what stands on the shelf for who waits; what was secured is ready."""
        for number, hold in self.holds.items():
            if hold["state"] == "確保":
                taken = {one["shelf"] for one in self.holds.values()}
                shelf = next(n for n in range(1, len(taken) + 2) if n not in taken)
                keep = today + timedelta(days=KEEP_DAYS)
                hold |= {"state": "利用可能", "ready": today.isoformat()}
                hold |= {"keep": keep.isoformat(), "shelf": shelf}
                self.items[hold["item"]]["state"] = "予約棚"
            elif hold["state"] == "順番待ち" and hold["suspended"] < today.isoformat():
                item = self._on_shelf(hold["control_number"])
                if item and self.position(number) == 1:
                    hold |= {"state": "確保", "item": item}
                    self.items[item]["state"] = "移送中"

    def position(self, number: str) -> int:
        """Return the place of a hold among those that wait for its record."""
        record = self.holds[number]["control_number"]
        waiting = [n for n, hold in self.holds.items() if hold["control_number"] == record]
        return [n for n in waiting if self.holds[n]["state"] == "順番待ち"].index(number) + 1

    def hear(self, requests: Iterable[Row], today: date, *, does: bool, refusal: str) -> None:
        """Do what is asked for, each id once, and remember the answer."""
        for request in requests:
            if request["id"] in self.answers:
                continue
            answer = {"outcome": "済", "refusal": "", "on": today.isoformat()}
            try:
                if refusal:
                    raise Refused(refusal)
                if does:
                    self._do(request, today)
            except Refused as refused:
                answer |= {"outcome": "不可", "refusal": str(refused)}
            if does or refusal:
                self.answers[request["id"]] = answer
        oldest = (today - timedelta(days=ANSWERS_KEPT_DAYS)).isoformat()
        self.answers = {key: row for key, row in self.answers.items() if row["on"] >= oldest}

    def _do(self, request: Row, today: date) -> None:
        if self.patrons.get(request["patron"]) != "利用可":
            raise Refused("withdrawn")
        match request["act"]:
            case "request":
                self._place(request, today)
            case "renew":
                self._renew(request, today)
            case "cancel":
                hold = self._own(request)
                if hold["item"]:
                    self.items[hold["item"]]["state"] = "在架"
                del self.holds[request["hold_number"]]
            case "change_pickup":
                self._own(request, waiting=True)["pickup"] = request["pickup"]
            case "suspend":
                self._own(request, waiting=True)["suspended"] = request["until"]

    def _place(self, request: Row, today: date) -> None:
        record, patron = request["control_number"], request["patron"]
        items = [number for number, item in self.items.items() if item["record"] == record]
        if not items:
            raise Refused("no_items")
        if any(self.loans.get(item, {}).get("patron") == patron for item in items):
            raise Refused("has_it")
        held = (hold for hold in self.holds.values() if hold["patron"] == patron)
        if any(hold["control_number"] == record for hold in held):
            raise Refused("held_already")
        self.hold(patron, record, request["pickup"], today)

    def _renew(self, request: Row, today: date) -> None:
        loan = self.loans.get(request["item_number"])
        if loan is None or loan["patron"] != request["patron"]:
            raise Refused("not_lent")
        if loan["renewals"]:
            raise Refused("renewed_already")
        if self.is_waited_for(self.items[request["item_number"]]["record"]):
            raise Refused("waited_for")
        due = (today + timedelta(days=RENEWAL_DAYS)).isoformat()
        if due <= loan["due"]:
            raise Refused("no_later")
        loan |= {"due": due, "renewals": 1}

    def is_waited_for(self, record: str) -> bool:
        waiting = (hold for hold in self.holds.values() if hold["state"] == "順番待ち")
        return any(hold["control_number"] == record for hold in waiting)

    def _own(self, request: Row, *, waiting: bool = False) -> Row:
        hold = self.holds.get(request["hold_number"])
        if hold is None or hold["patron"] != request["patron"]:
            raise Refused("hold_gone")
        if waiting and hold["state"] != "順番待ち":
            raise Refused("on_its_way")
        return hold

    def _on_shelf(self, record: str) -> str:
        found = (n for n, i in self.items.items() if (i["record"], i["state"]) == (record, "在架"))
        return next(found, "")


def requests_in(path: Path) -> list[Row]:
    """Return the lines of requests.csv, none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
