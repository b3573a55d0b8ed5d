"""The staging table: the file's rows in PostgreSQL, for this transaction only."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from patrons.models import Patron
from patrons.transfer.columns import Field
from patrons.transfer.rows import COLUMNS, Finding, Parsed

TABLE = "import_rows"
FINDINGS_AT_ONCE = 1000


def create(cursor: CursorWrapper, fields: list[Field]) -> None:
    """Make the table; a temporary one is gone with the transaction, and writes no WAL.

    NULL stands where a cell's value could not be used, and for all but line and number of rows
    that are rejected already: `drop_repeated_numbers` takes these out.
    """
    columns = ", ".join(
        f"{column} {'boolean' if column == 'withdrawn' else 'text'}"
        for column in columns_of(fields)
    )
    cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (line int NOT NULL, {columns}) ON COMMIT DROP")


def columns_of(fields: list[Field]) -> list[str]:
    """Return the table's columns behind `line`."""
    return [column for field in COLUMNS if field in fields for column in COLUMNS[field]]


def fill(cursor: CursorWrapper, blocks: Iterator[Parsed]) -> Iterator[Parsed]:
    """Copy parsed blocks into the table, handing each of them on."""
    with cursor.copy(f"COPY {TABLE} FROM STDIN") as copy:
        for parsed in blocks:
            copy.write(parsed.copy)
            yield parsed
    cursor.execute(f"ANALYZE {TABLE}")


def drop_repeated_numbers(cursor: CursorWrapper, *, rejected: bool) -> Iterator[Finding]:
    """Take out every row whose number stands in more than one: nobody knows which is right.

    Rows that are rejected already count, go out as well, and are not told again; `rejected` says
    whether there are any.
    """
    cursor.execute(
        "CREATE TEMPORARY TABLE import_twice ON COMMIT DROP AS"  # noqa: S608
        f" SELECT line, number FROM {TABLE} WHERE name IS NOT NULL AND number IN"
        f" (SELECT number FROM {TABLE} GROUP BY number HAVING count(*) > 1)"
    )
    if cursor.rowcount:
        cursor.execute(
            f"DELETE FROM {TABLE} staged USING import_twice twice WHERE staged.line = twice.line"  # noqa: S608
        )
    if rejected:
        cursor.execute(f"DELETE FROM {TABLE} WHERE name IS NULL")  # noqa: S608
    return findings("SELECT line, number FROM import_twice ORDER BY line", "number_twice")


def take_out_nameless(cursor: CursorWrapper) -> Iterator[Finding]:
    """Take out the rows without a name, but of patrons whose data were erased here as well."""
    cursor.execute(
        "CREATE TEMPORARY TABLE import_nameless ON COMMIT DROP AS"  # noqa: S608
        f" SELECT line, number FROM {TABLE} s WHERE name = '' AND NOT EXISTS"
        f" (SELECT FROM {Patron._meta.db_table} p"
        " WHERE p.number = s.number AND p.erased_at IS NOT NULL)"
    )
    if cursor.rowcount:
        cursor.execute(
            f"DELETE FROM {TABLE} staged USING import_nameless n WHERE staged.line = n.line"  # noqa: S608
        )
    return findings("SELECT line, number FROM import_nameless ORDER BY line", "name_empty")


def findings(query: str, code: str, parameters: Sequence[Any] = ()) -> Iterator[Finding]:
    """Yield the lines and numbers a query finds, few at a time: it may find the whole file."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(FINDINGS_AT_ONCE):
            for line, number in rows:
                yield Finding(line=line, number=number, code=code)


def set_up_session(cursor: CursorWrapper) -> None:
    """Fit this transaction to its work: more memory than a web request's for sorts, joins and
    index builds, and an end within a second of this process's, whatever statement runs."""
    cursor.execute("SET LOCAL work_mem = '64MB'")
    cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
    cursor.execute("SET LOCAL client_connection_check_interval = '1s'")
