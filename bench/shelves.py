"""Made-up records and items in the catalogue's tables, as an import would leave them."""

import json
from itertools import islice

from bench.works import works

ADDED = "2026-01-01T00:00Z"
MANY = 50_000


def fill(upto: int, beyond: int = 0) -> None:
    """Put the works after the first `beyond` there, each with an item, analysed."""
    from django.db import connection

    from branches.models import Branch
    from branches.services import create_first_branches
    from catalog.models import Record
    from catalog.search.keys import Keys, keys_of

    create_first_branches()
    branches = list(Branch.objects.order_by("order").values_list("pk", flat=True))
    told = [name for name in next(works(1)) if name != "contributors"]
    columns = (*told, "contributors", *Keys._fields, "isbns", "extent")
    statement = f"COPY catalog_record ({', '.join(columns)}, added_at, updated_at) FROM STDIN"
    with connection.cursor() as cursor:
        # Made many times faster than it is kept up.
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'record_grams'")
        (definition,) = cursor.fetchone()
        if upto - beyond > MANY:
            cursor.execute("DROP INDEX record_grams")
        with cursor.copy(statement) as copy:
            for number, work in enumerate(islice(works(upto), beyond, None), beyond):
                keys = keys_of(Record(**work))
                people = json.dumps(work["contributors"])
                isbns = [f"9784{number:09d}"]
                given = (*(work[name] for name in told), people, *keys, isbns, "")
                copy.write_row((*given, ADDED, ADDED))
        cursor.execute(
            "INSERT INTO catalog_item (record_id, number, branch_id, shelf, call_number, state,"
            " material) SELECT id, control_number, (%s::bigint[])[1 + id %% %s], '', '',"
            " CASE id %% 3 WHEN 0 THEN 'on_loan' ELSE 'on_shelf' END, '' FROM catalog_record"
            " WHERE control_number >= %s AND added_at = %s",
            [branches, len(branches), f"S{beyond:08d}", ADDED],
        )
        if upto - beyond > MANY:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute(definition)
        cursor.execute("ANALYZE catalog_record, catalog_item, branches_branch")
