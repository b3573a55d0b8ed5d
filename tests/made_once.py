"""Rows that many tests begin with: made once in a process, and copied from then on."""

from collections.abc import Callable

from django.db import connection, transaction

Lines = dict[str, list[bytes]]

# By name of what makes them: the lines to add to a table, and those of tables to be replaced.
_made: dict[str, tuple[Lines, Lines]] = {}


def made_once(make: Callable[[], object]) -> None:
    """Let a function make rows; from the second time on, add copies of what it made.

    Rows are as they were: as old as the first. No trigger is asked. What it changed must be as it
    was before the first time, what it adds to need not.
    """
    name = f"{make.__module__}.{make.__qualname__}"
    if name in _made:
        _copy_in(*_made[name])
        return
    before = _every_row()
    make()
    added, replaced = {}, {}
    for table, lines in _every_row().items():
        old = set(before[table])
        if not old <= set(lines):
            replaced[table] = lines
        elif new := [line for line in lines if line not in old]:
            added[table] = new
    _made[name] = added, replaced


def _every_row() -> Lines:
    """Return every table's rows as PostgreSQL copies them."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                found[table] = b"".join(copy).splitlines(keepends=True)
    return found


def _copy_in(added: Lines, replaced: Lines) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in replaced:
            cursor.execute(f'DELETE FROM "{table}"')
        for table, lines in (added | replaced).items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(b"".join(lines))
        cursor.execute("SET LOCAL session_replication_role = origin")
