"""The table of vectors: outside the migrations, since pgvector is an extension that only a
superuser may create and that not every server has.

Reasons: docs/adr/0055-vectors-outside-the-migrations.md.

One row a record: its vector, and those of its phrases, which say why it was found. No foreign key:
an import never waits for it, and what is deleted is never found, since a search asks the record.
"""

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import InsufficientPrivilege

from catalog.meaning.embedding import DIMENSIONS, MODEL

TABLE = "catalog_meaning"
# The comment says whose vectors they are.
_CREATE = f"""
CREATE TABLE {TABLE} (
    record_id bigint PRIMARY KEY,
    updated_at timestamptz NOT NULL,
    vector halfvec({DIMENSIONS}) NOT NULL,
    phrases text[] NOT NULL,
    vectors halfvec({DIMENSIONS})[] NOT NULL
);
CREATE INDEX {TABLE}_vector ON {TABLE} USING hnsw (vector halfvec_cosine_ops);
COMMENT ON TABLE {TABLE} IS '{MODEL}'
"""


class CannotSetUp(Exception):
    """The table cannot be made; the text says why and what to do."""


def missing() -> str:
    """Return what keeps vectors from being stored, and what to do; "" where nothing does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'),"
            " EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector'),"
            " obj_description(to_regclass(%s), 'pg_class'), to_regclass(%s) IS NOT NULL",
            [TABLE, TABLE],
        )
        version, can_be_had, model, exists = cursor.fetchone()
    if not version and not can_be_had:
        return (
            "The database server has no pgvector (Debian: postgresql-17-pgvector and the like;"
            " there is none for PostgreSQL 15)."
        )
    if not version:
        return "The extension vector is not in the database: run manage.py embedder --setup."
    if tuple(int(part) for part in version.split(".")[:2]) < (0, 8):
        return f"The extension vector is {version}; 0.8 or newer is needed."
    if not exists:
        return f"There is no table {TABLE}: run manage.py embedder --setup."
    if model != MODEL:
        return "The vectors are another model's: run manage.py embedder --setup."
    return ""


def set_up() -> bool:
    """Make extension, table and index where they are not there; return whether anything was made.

    Vectors of another model go. Raises CannotSetUp.
    """
    if not (was_missing := missing()):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except DatabaseError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            raise CannotSetUp(
                "This role may not create the extension. Have a superuser say, in this database:"
                " CREATE EXTENSION vector; and run this again."
            ) from None
        raise CannotSetUp(was_missing) from None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _become_owner(cursor)
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(_CREATE)
    except DatabaseError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            raise CannotSetUp(
                "This role may not make tables: run it as the owner of the tables."
            ) from None
        raise
    if still := missing():
        raise CannotSetUp(still)
    return True


def _become_owner(cursor: CursorWrapper) -> None:
    """Go on as the owner of the catalogue: what a superuser makes would be closed to the site."""
    cursor.execute(
        "SELECT set_config('role', tableowner, true) FROM pg_tables"
        " WHERE tablename = 'catalog_record' AND schemaname = current_schema()"
    )
