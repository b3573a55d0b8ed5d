"""Rows that many tests begin with: made once in a process, and copied from then on."""

from collections.abc import Callable

from django.db import connection

# By name of what makes them: by table, the lines that PostgreSQL copies.
_made: dict[str, dict[str, list[bytes]]] = {}


def made_once(make: Callable[[], object]) -> None:
    """Let a function make rows; from the second time on, add copies of what it made.

    Copies are as old as the first, and no trigger is asked. They name rows of the migrations, which
    a test that commits has taken away: there, rows are made anew.
    """
    if not connection.in_atomic_block:
        make()
        return
    name = f"{make.__module__}.{make.__qualname__}"
    if name in _made:
        _copy_in(_made[name])
        return
    before = _every_row()
    make()
    after = _every_row()
    changed = [table for table, lines in before.items() if not set(lines) <= set(after[table])]
    assert not changed, f"{name} changes rows: {changed}"
    _made[name] = {
        table: new
        for table, lines in after.items()
        if (new := [line for line in lines if line not in set(before[table])])
    }


def _every_row() -> dict[str, list[bytes]]:
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                found[table] = b"".join(copy).splitlines(keepends=True)
    return found


def _copy_in(rows: dict[str, list[bytes]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, lines in rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(b"".join(lines))
        cursor.execute("SET LOCAL session_replication_role = origin")
