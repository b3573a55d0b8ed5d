"""One turn of the library system: who is new, what is asked for, what is ready, a snapshot."""

import csv
import fcntl
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from branches.services import FIRST_BRANCHES
from demo import sample_catalog
from demo.library_system.faults import FAULTS
from demo.library_system.lending import Row, State, requests_in
from demo.library_system.writing import write

# Of the demo's patrons (`demo.sample_data`), who has something from the first moment on.
BORROWERS = ("8000002", "8000010", "1000214")


class LibrarySystem:
    """A home with the state, the shared folder (`exchange`) and one for new patrons (`patrons`)."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.exchange, self.patrons = home / "exchange", home / "patrons"
        for folder in (home, self.exchange, self.exchange / "in", self.exchange / "out"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.patrons.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def state(self) -> Iterator[State]:
        """Let one process at a time change the state; the first begins with the demo's works."""
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = State.load(self.home / "state.json")
            yield state
            state.save(self.home / "state.json")

    @property
    def fault(self) -> str:
        """The name of the fault that the file `fault` in the home asks for."""
        path = self.home / "fault"
        name = path.read_text().strip() if path.exists() else ""
        return name if name in FAULTS else "none"

    def turn(self, now: datetime, fault: str = "") -> Path:
        """Do all of it once, with a fault; return the path of the manifest."""
        wrong, today = FAULTS[fault or self.fault], now.date()
        with self.state() as state:
            if not state.items:
                _begin(state, now)
            of_patrons = sorted(self.patrons.glob("[!.]*.csv"))
            state.know(_numbers(of_patrons))
            # What was asked for a moment ago waits for the next turn, as everywhere.
            state.go_on(today)
            if wrong.hears:
                refusal = wrong.says.get("refusal", "")
                asked = requests_in(self.exchange / "out" / "requests.csv")
                state.hear(asked, today, does=wrong.does, refusal=refusal)
            # Killed from here on, it still knows what it has read and tells of.
            state.save(self.home / "state.json")
            for path in of_patrons:
                path.unlink()
            return write(self.exchange / "in", state, now, wrong)


def _numbers(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the patron numbers of the service's own files."""
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                yield row["利用者番号"]


def _begin(state: State, now: datetime) -> None:
    """Fill an empty state: the demo's works, and a few loans and holds."""
    branches = [one["code"] for one in tomllib.loads(FIRST_BRANCHES.read_text())["branch"]]
    for number, work in enumerate(sample_catalog.works(), start=1):
        state.items |= _items(number, work, branches)
    state.know(BORROWERS)
    today, free = now.date(), _free(state)
    for patron in BORROWERS:
        # Overdue, due tomorrow, and with time left.
        for days_ago in (16, 13, 3):
            state.lend(next(free), patron, today, days_ago)
    lent = {state.items[item]["record"] for item in state.loans}
    waited_for = min(lent)
    state.hold("9999999", waited_for, branches[0], today)
    state.know(["9999999"])
    for patron in BORROWERS:
        ready = state.items[next(free)]["record"]
        state.hold(patron, ready, branches[0], today)


def _items(number: int, work: dict[str, str], branches: list[str]) -> dict[str, Row]:
    made = sample_catalog.marc(number, work, branches)
    words = {"on_shelf": "在架", "on_loan": "在架", "reference": "館内のみ"}
    return {
        item["p"]: {
            **{"record": made["001"].data, "title": work["title"], "branch": item["b"]},
            **{"shelf": item["c"], "state": words[item["z"]]},
        }
        for item in made.get_fields("852")
    }


def _free(state: State) -> Iterator[str]:
    """Yield items on the shelf, each of another record."""
    seen = set()
    for number, item in state.items.items():
        if item["state"] == "在架" and item["record"] not in seen:
            seen.add(item["record"])
            yield number
