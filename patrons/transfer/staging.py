"""The staging table: the file's rows in PostgreSQL, for this transaction only."""

from collections.abc import Iterator

from django.db.backends.utils import CursorWrapper

from patrons.models import Patron
from patrons.transfer.columns import Field
from patrons.transfer.rows import COLUMNS, Finding, Parsed

TABLE = "import_rows"


def create(cursor: CursorWrapper, fields: list[Field]) -> None:
    """Make the table; a temporary one is gone with the transaction, and writes no WAL."""
    columns = ", ".join(
        f"{column} {'boolean' if column == 'withdrawn' else 'text'} NOT NULL"
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


def take_out_twice(cursor: CursorWrapper) -> Iterator[Finding]:
    """Take out every row whose number stands in more than one: nobody knows which is right."""
    cursor.execute(
        f"DELETE FROM {TABLE} WHERE number IN"  # noqa: S608
        f" (SELECT number FROM {TABLE} GROUP BY number HAVING count(*) > 1)"
        " RETURNING line, number"
    )
    yield from findings(cursor, "number_twice")


def take_out_nameless(cursor: CursorWrapper) -> Iterator[Finding]:
    """Take out the rows without a name, but of patrons whose data were erased here as well."""
    cursor.execute(
        f"DELETE FROM {TABLE} s WHERE name = '' AND NOT EXISTS"  # noqa: S608
        f" (SELECT FROM {Patron._meta.db_table} p"
        " WHERE p.number = s.number AND p.erased_at IS NOT NULL) RETURNING line, number"
    )
    yield from findings(cursor, "name_empty")


def findings(cursor: CursorWrapper, code: str) -> Iterator[Finding]:
    """Yield the lines and numbers a query has found."""
    while rows := cursor.fetchmany(1000):
        for line, number in rows:
            yield Finding(line=line, number=number, code=code)


def set_memory(cursor: CursorWrapper) -> None:
    """Give this transaction's sorts, joins and index builds more than a web request's memory."""
    cursor.execute("SET LOCAL work_mem = '64MB'")
    cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
