"""Records and items for tests: single ones, and some ten thousand by COPY."""

import json
from typing import Any

from django.db import connection

from bench.works import works
from branches.models import Branch
from branches.services import create_first_branches
from catalog.models import Item, ItemState, Record
from catalog.search.keys import Keys, keys_of

_TOLD = (
    *("control_number", "title", "title_reading", "volume", "series", "contributors", "publisher"),
    *("year", "ndc", "subjects", "language", "material", "for_children", "description"),
)


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


def fill(count: int) -> None:
    """Put made-up records there, each with an item, and have the planner know of them."""
    create_first_branches()
    branches = list(Branch.objects.order_by("order").values_list("pk", flat=True))
    columns = (*_TOLD, *Keys._fields, "isbns", "extent", "reading_is_made")
    told = f"{', '.join(columns)}, added_at, updated_at"
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY catalog_record ({told}) FROM STDIN") as copy:
            for number, work in enumerate(works(count)):
                keys = keys_of(Record(**work))
                work["contributors"] = json.dumps(work["contributors"])
                isbns = [f"9784{number:09d}"]
                given = (*(work[name] for name in _TOLD), *keys, isbns, "", False)
                copy.write_row((*given, *["2026-01-01T00:00Z"] * 2))
        cursor.execute(
            "INSERT INTO catalog_item (record_id, number, branch_id, shelf, call_number, state,"
            " material) SELECT id, control_number, (%s::bigint[])[1 + id %% %s], '', '',"
            " CASE id %% 3 WHEN 0 THEN 'on_loan' ELSE 'on_shelf' END, '' FROM catalog_record",
            [branches, len(branches)],
        )
        cursor.execute("ANALYZE catalog_record, catalog_item, branches_branch")
