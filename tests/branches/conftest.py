from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone

from branches import board
from branches.models import Branch
from branches.services import create_first_branches


@pytest.fixture
def branches(db) -> None:
    """The branches of a new database; pages know them."""
    Branch.objects.all().delete()
    create_first_branches()
    board.read()


@pytest.fixture
def on(monkeypatch, branches) -> Callable[[str], None]:
    """Return `on("2026-12-03")`: what pages know is what they know on that day."""

    def travel(day: str) -> None:
        monkeypatch.setattr(timezone, "localdate", lambda *moment: date.fromisoformat(day))
        board.read()

    return travel
