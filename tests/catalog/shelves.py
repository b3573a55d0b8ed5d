"""Records and items for tests, one by one; `bench.shelves` makes many."""

from typing import Any

from branches.models import Branch
from branches.services import create_first_branches
from catalog.models import Item, ItemState, Record
from catalog.search.keys import keys_of


def a_record(title: str = "吾輩は猫である", **said: Any) -> Record:
    """Store a record with the keys that an import makes, and items at the branches of these codes.

    `authors` are names, or names with readings (福沢諭吉/フクザワ ユキチ); `at` are branches, or
    branches with a state (main/on_loan).
    """
    authors, at = said.pop("authors", []), said.pop("at", [])
    people = [(*name.split("/"), "")[:2] for name in authors]
    said.setdefault("control_number", f"T{Record.objects.count():06d}")
    made = Record(
        title=title,
        contributors=[{"name": name, "reading": kana, "role": "著"} for name, kana in people],
        **said,
    )
    for name, value in keys_of(made)._asdict().items():
        setattr(made, name, value)
    made.save()
    create_first_branches()
    for where in at:
        an_item(made, *where.split("/"))
    return made


def an_item(record: Record, branch: str = "main", state: str = "on_shelf", **said: Any) -> Item:
    """Store a copy of a record at a branch."""
    create_first_branches()
    return Item.objects.create(
        record=record,
        number=f"I{Item.objects.count():06d}",
        branch=Branch.objects.get(code=branch),
        state=ItemState(state),
        **said,
    )
