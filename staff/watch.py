"""What the pages of staff ask of whoever knows patrons: an app above answers (`watch_with`)."""

from collections.abc import Sequence
from typing import Any, Protocol

from accounts.models import User


class Watch(Protocol):
    """Whose record is opened, and whose number somebody has."""

    def number_of(self, typed: str) -> str | None:
        """Return a patron's number as it is stored, None where nobody has what was typed."""

    def opened(self, *, staff: User, each: Sequence[tuple[int | None, Any]], kind: str) -> None:
        """Record whose opening 管理 is told of: `each` a patron's key and the page's object's."""


_watches: list[Watch] = []


def watch_with(watch: Watch) -> None:
    """Let the pages ask this one, and nobody else."""
    _watches[:] = [watch]


def watch() -> Watch:
    return _watches[0]
