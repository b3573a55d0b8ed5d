"""What the browser at a counter remembers: the branch, whose turn it is, and the last scans.

Only keys of rows, numbers of items and words of ours. What was lent is a loan's key, which says
nothing once the loan is over.
"""

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

_KEY = "circulation.desk"
# As long as nothing is scanned.
TURN_SECONDS = 60
MOST_RETURNS = 10


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the last scan came to; `what` is of `circulation.desk.scanning.What`.

    `loan`, `hold` and `branch` (where to) are keys of rows; `why` is of `Refusal`.
    """

    what: str
    number: str = ""
    loan: int | None = None
    hold: int | None = None
    branch: int | None = None
    why: str = ""
    was_cleared: bool = False
    was_overdue: bool = False
    at: float = 0


class Desk:
    """The counter of this browser."""

    def __init__(self, request: HttpRequest) -> None:
        self._session = request.session
        self._kept: dict[str, Any] = dict(self._session.get(_KEY, {}))

    @property
    def branch(self) -> int | None:
        return self._kept.get("branch")

    @property
    def patron(self) -> int | None:
        """Whose turn it is; nobody's once nothing was scanned for TURN_SECONDS."""
        return self._kept.get("patron") if self.seconds_left > 0 else None

    @property
    def is_over(self) -> bool:
        """Whether somebody's turn has ended by itself."""
        return self._kept.get("patron") is not None and self.patron is None

    @property
    def seconds_left(self) -> float:
        since = time.time() - self._kept.get("scanned", 0)
        # A clock that was set back ends a turn.
        return TURN_SECONDS - since if since >= 0 else 0

    @property
    def began(self) -> datetime:
        """Since when it is this patron's turn."""
        return datetime.fromtimestamp(self._kept.get("began", 0), UTC)

    @property
    def said(self) -> Said | None:
        said = self._kept.get("said")
        return Said(**said) if said else None

    @property
    def returned(self) -> list[Said]:
        """The items that were taken back here, the last first."""
        return [Said(**each) for each in self._kept.get("returned", [])]

    def choose_branch(self, branch: int) -> None:
        self._keep({"branch": branch})

    def begin(self, patron: int, said: Said) -> None:
        """Let it be a patron's turn."""
        now = time.time()
        turn = {"patron": patron, "began": now, "scanned": now, "said": asdict(said)}
        self._keep(self._kept | turn)

    def end(self) -> None:
        """Forget whose turn it was, and what was lent."""
        kept = ("branch", "returned")
        self._keep({name: value for name, value in self._kept.items() if name in kept})

    def say(self, said: Said, *, is_return: bool = False) -> None:
        """Remember what a scan came to; a turn that goes on has its time anew."""
        if self.is_over:
            self.end()
        kept = self._kept | {"said": asdict(said)}
        if self.patron is not None:
            kept["scanned"] = time.time()
        if is_return:
            returned = self._kept.get("returned", [])
            others = [each for each in returned if each["number"] != said.number]
            kept["returned"] = [asdict(said), *others][:MOST_RETURNS]
        self._keep(kept)

    def _keep(self, kept: dict[str, Any]) -> None:
        self._kept = self._session[_KEY] = kept
