"""The staged rows against the stored patrons: what is new, what changed, what belongs to another.

Decided by number. The library system is the master of patrons whose name and address were not taken
from a card here; of the others it tells only how they are reached and whether they have withdrawn.
What changed here and was not exported yet is kept, though who withdrew or came back there did so;
kept is also whatever was exported or imported after the file was written, and who was erased stays
so.
Reasons: docs/adr/0033-files-of-the-library-system.md.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from patrons.models import ContactMethod, Patron, RegisteredVia
from patrons.residency import RULES
from patrons.transfer.cells import UNREADABLE
from patrons.transfer.columns import Field
from patrons.transfer.rows import COLUMNS, Finding

# The staging table: the file's rows in PostgreSQL, for one transaction only.
TABLE = "import_rows"
PATRONS = Patron._meta.db_table
# What the library system stays master of once name and address came from a card here.
CONTACT = (Field.PHONE, Field.EMAIL, Field.CONTACT_METHOD)
# Below this, dropping and building indexes costs more than it saves.
MIN_ROWS_TO_REBUILD = 20_000
FINDINGS_AT_ONCE = 1000

# What is told of which rows once they are compared: the kind, the reason, and where they stand.
TOLD = (
    ("rejected", "other_person", "import_known WHERE outcome = 'rejected'"),
    ("rejected", "zeros", "import_known WHERE outcome = 'zeros'"),
    ("kept", "not_exported", "import_known WHERE outcome = 'kept'"),
    ("kept", "only_withdrawn", "import_known WHERE outcome = 'withdrawn'"),
    ("kept", "only_returned", "import_known WHERE outcome = 'returned'"),
    ("kept", "file_older", "import_known WHERE outcome = 'stale'"),
    ("erased", "erased", "import_known WHERE outcome = 'erased'"),
    ("renamed", "renamed", "import_known WHERE renamed AND outcome IN ('unchanged', 'updated')"),
    ("namesake", "namesake", "import_namesakes WHERE namesake_no > 0"),
)
LATE = "import_known WHERE outcome = 'late'"
_SAME_BIRTH_DATE = "(p.birth_date = s.birth_date OR ({}))".format(
    " AND ".join(
        f"(substr(p.birth_date, {start}, {length}) = substr(s.birth_date, {start}, {length})"
        f" OR '{'0' * length}' IN (substr(p.birth_date, {start}, {length}),"
        f" substr(s.birth_date, {start}, {length})))"
        for start, length in ((1, 4), (5, 2), (7, 2))
    )
)
_NAMESAKE_NO = "CASE WHEN k.enters THEN coalesce(n.namesake_no, 0) ELSE p.namesake_no END"


def findings(rows: str, code: str) -> Iterator[Finding]:
    """Yield lines and numbers of rows, few at a time: it may be the whole file."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT line, number FROM {rows} ORDER BY line")  # noqa: S608
        while found := cursor.fetchmany(FINDINGS_AT_ONCE):
            for line, number in found:
                yield Finding(line, number, code)


class Merge:
    """One merge, in the caller's transaction, of the fields that a file of one moment has."""

    def __init__(self, cursor: CursorWrapper, fields: list[Field], as_of: datetime) -> None:
        self._cursor = cursor
        self._fields = fields
        # A literal: CREATE TABLE AS takes no parameters.
        self._as_of = f"'{as_of.isoformat()}'::timestamptz"
        cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608
        (self._staged,) = cursor.fetchone()
        # How many rows are `inserted`, `updated`, `unchanged` and so on.
        self.counts: Counter[str] = Counter()

    def is_filling(self) -> bool:
        """Return whether the table holds next to nothing beside what is staged."""
        most = self._staged // 10
        self._cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM {PATRONS} LIMIT %s) AS found",  # noqa: S608
            [most + 1],
        )
        return self._staged >= MIN_ROWS_TO_REBUILD and self._cursor.fetchone()[0] <= most

    def compare(self) -> None:
        """Decide what becomes of every staged row; nothing is written yet."""
        withdrawn = "s.withdrawn" if Field.STATUS in self._fields else "p.withdrawn_at IS NOT NULL"
        renamed = "p.name_key <> s.name_key"
        # A moment still to come was written by a clock that was ahead, and tells nothing.
        stale = (
            f"coalesce(p.synced_at > {self._as_of} AND p.synced_at <= statement_timestamp(), false)"
        )
        # Of `renamed` kana as well: a file in CP932 has 〓 for what it lacks.
        kana = " AND coalesce(p.kana_key <> s.kana_key, true)" if Field.KANA in self._fields else ""
        # Who married has another name, whose birth date was corrected has another one.
        self._cursor.execute(
            f"""
            CREATE TEMPORARY TABLE import_known ON COMMIT DROP AS
            SELECT s.line, s.number, p.id, p.updated_at,
                CASE
                    WHEN p.erased_at IS NOT NULL AND s.name = '' THEN 'unchanged'
                    WHEN p.erased_at IS NOT NULL THEN 'erased'
                    WHEN NOT {_SAME_BIRTH_DATE} AND (p.card_data_at IS NOT NULL OR {renamed})
                        THEN 'rejected'
                    WHEN NOT ({self._differs()}) THEN 'unchanged'
                    WHEN {stale} THEN 'stale'
                    WHEN p.export_pending AND {withdrawn} AND p.withdrawn_at IS NULL
                        THEN 'withdrawn'
                    WHEN p.export_pending AND NOT ({withdrawn}) AND p.withdrawn_at IS NOT NULL
                        THEN 'returned'
                    WHEN p.export_pending THEN 'kept'
                    ELSE 'updated'
                END AS outcome,
                p.card_data_at IS NOT NULL AND NOT p.export_pending AND NOT {stale}
                    AND {renamed}{kana} AS renamed,
                NOT ({withdrawn}) AND (p.withdrawn_at IS NOT NULL OR (p.card_data_at IS NULL
                    AND ({renamed} OR p.birth_date <> s.birth_date))) AS enters
            FROM {TABLE} s JOIN {PATRONS} p USING (number)
            """  # noqa: S608
        )
        self._reject_lost_zeros()
        self._cursor.execute("ANALYZE import_known")
        self._number_namesakes()
        self._cursor.execute("SELECT outcome, count(*) FROM import_known GROUP BY outcome")
        self.counts.update(dict(self._cursor.fetchall()))
        self.counts["inserted"] = self._staged - self.counts.total()

    def _reject_lost_zeros(self) -> None:
        """Reject new rows of people who have a number with more or fewer zeros in front."""
        self._cursor.execute(
            f"SELECT EXISTS (SELECT FROM {TABLE} WHERE number LIKE '0%')"  # noqa: S608
            f" OR EXISTS (SELECT FROM {PATRONS} WHERE number LIKE '0%')"
        )
        # Of two such numbers one begins with a zero: in most libraries none does.
        if not self._cursor.fetchone()[0]:
            return
        columns = ["name_key"]
        columns += [c for c in ("kana_key", "phone") if any(c in COLUMNS[f] for f in self._fields)]
        same = " OR ".join(f"(s.{c} <> '' AND s.{c} = p.{c})" for c in columns)
        person = (
            f"ltrim(s.number, '0') = ltrim(p.number, '0') AND s.number <> p.number AND ({same})"
        )
        self._cursor.execute(
            f"""
            WITH entering AS MATERIALIZED (
                SELECT line, number, birth_date, {", ".join(columns)} FROM {TABLE} s
                WHERE NOT EXISTS (SELECT FROM import_known k WHERE k.line = s.line)
            ), twice AS (
                SELECT s.line, s.number FROM entering s WHERE EXISTS
                    (SELECT FROM {PATRONS} p WHERE {person} AND {_SAME_BIRTH_DATE})
                UNION SELECT s.line, s.number FROM entering s WHERE EXISTS
                    (SELECT FROM entering p WHERE {person} AND {_SAME_BIRTH_DATE})
            )
            INSERT INTO import_known (line, number, outcome, renamed, enters)
            SELECT line, number, 'zeros', false, false FROM twice
            """  # noqa: S608
        )

    def _differs(self) -> str:
        ours, theirs = [], ["false"]
        for field in self._fields:
            if field is Field.STATUS:
                differs = "(p.withdrawn_at IS NOT NULL) <> s.withdrawn"
            else:
                compared = [c for c in COLUMNS[field] if not c.startswith(("municip", "resid"))]
                differs = " OR ".join(f"p.{column} <> s.{column}" for column in compared)
            ours.append(differs)
            if field in CONTACT or field is Field.STATUS:
                theirs.append(differs)
        # What cannot be used is NULL, and differs from nothing.
        return (
            f"coalesce(CASE WHEN p.card_data_at IS NULL THEN {' OR '.join(ours)}"
            f" ELSE {' OR '.join(theirs)} END, false)"
        )

    def unreadable(self) -> str:
        """Return the rows whose name or address will be stored with 〓 or a gaiji."""
        columns = [field.value for field in (Field.NAME, Field.ADDRESS) if field in self._fields]
        has_one = " OR ".join(f"s.{column} ~ '{UNREADABLE}'" for column in columns)
        return (
            f"(SELECT s.line, s.number FROM {TABLE} s LEFT JOIN import_known k USING (line)"  # noqa: S608
            f" LEFT JOIN {PATRONS} p USING (id) WHERE ({has_one}) AND (k.line IS NULL"
            " OR (k.outcome = 'updated' AND p.card_data_at IS NULL))) AS unreadable"
        )

    def _number_namesakes(self) -> None:
        """Give active rows that share name and birth date the numbers after those in use."""
        active = "NOT s.withdrawn" if Field.STATUS in self._fields else "true"
        # Of who comes back though the rest of the row is kept, and of the card's data: what stays.
        stays = "p.card_data_at IS NOT NULL OR k.outcome = 'returned'"
        self._cursor.execute(
            f"""
            CREATE TEMPORARY TABLE import_namesakes ON COMMIT DROP AS
            WITH entering AS MATERIALIZED (
                SELECT s.line, s.number,
                    CASE WHEN {stays} THEN p.name_key ELSE s.name_key END AS name_key,
                    CASE WHEN {stays} THEN p.birth_date ELSE s.birth_date END AS birth_date
                FROM {TABLE} s
                LEFT JOIN import_known k USING (line) LEFT JOIN {PATRONS} p USING (id)
                WHERE {active}
                    AND (k.line IS NULL OR (k.outcome IN ('updated', 'returned') AND k.enters))
            ), shared AS (
                SELECT name_key, birth_date FROM entering GROUP BY 1, 2 HAVING count(*) > 1
                UNION SELECT e.name_key, e.birth_date FROM entering e
                JOIN {PATRONS} p USING (name_key, birth_date) WHERE p.withdrawn_at IS NULL
            ), used AS (
                SELECT name_key, birth_date, max(namesake_no) AS last FROM {PATRONS}
                JOIN shared USING (name_key, birth_date) GROUP BY 1, 2
            )
            SELECT line, number, (coalesce(last + 1, 0) - 1 + row_number()
                OVER (PARTITION BY name_key, birth_date ORDER BY number))::smallint AS namesake_no
            FROM entering JOIN shared USING (name_key, birth_date)
            LEFT JOIN used USING (name_key, birth_date)
            """  # noqa: S608
        )
        self._cursor.execute("ANALYZE import_namesakes")

    def insert(self, first_login_days: int) -> None:
        # Otherwise the foreign key's checks wait for the commit, and no index could be built.
        self._cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        values = {
            column: f"coalesce(s.{column}, '')" if field in self._fields else "''"
            for field, columns in COLUMNS.items()
            for column in columns
            if field is not Field.STATUS
        }
        if Field.CONTACT_METHOD not in self._fields:
            values["contact_method"] = f"'{ContactMethod.NONE.value}'"
        values |= {
            "residency_rule_version": f"coalesce({self._version()}, '')",
            "registered_via": f"'{RegisteredVia.IMPORT.value}'",
            "registered_at": "statement_timestamp()",
            "exported_at": "statement_timestamp()",
            "reflected_at": "statement_timestamp()",
            "updated_at": "statement_timestamp()",
            "synced_at": self._as_of,
            "namesake_no": "coalesce(n.namesake_no, 0)",
        }
        if first_login_days:
            values["first_login_until"] = "statement_timestamp() + make_interval(days => %s)"
        if Field.STATUS in self._fields:
            values["withdrawn_at"] = "CASE WHEN s.withdrawn THEN statement_timestamp() END"
        self._cursor.execute(
            f"INSERT INTO {PATRONS} ({', '.join(values)}) SELECT {', '.join(values.values())}"  # noqa: S608
            f" FROM {TABLE} s LEFT JOIN import_namesakes n USING (line)"
            " WHERE NOT EXISTS (SELECT FROM import_known k WHERE k.line = s.line)",
            [first_login_days] if first_login_days else [],
        )

    def update(self) -> None:
        """Store what changed; rows of patrons who changed at this moment become `late`."""
        if not self.counts["updated"]:
            return
        self._cursor.execute(
            f"""
            WITH written AS (
                UPDATE {PATRONS} p SET {self._assignments()}, namesake_no = {_NAMESAKE_NO},
                    exported_at = statement_timestamp(), updated_at = statement_timestamp(),
                    synced_at = {self._as_of}
                FROM import_known k JOIN {TABLE} s USING (line)
                LEFT JOIN import_namesakes n USING (line)
                WHERE p.id = k.id AND k.outcome = 'updated' AND p.updated_at = k.updated_at
                RETURNING k.line
            )
            UPDATE import_known k SET outcome = 'late' WHERE outcome = 'updated'
                AND NOT EXISTS (SELECT FROM written WHERE written.line = k.line)
            """  # noqa: S608
        )
        self.counts["updated"] -= self._cursor.rowcount

    def _assignments(self) -> str:
        values = {}
        for field in self._fields:
            if field is Field.STATUS:
                values["withdrawn_at"] = (
                    "CASE WHEN s.withdrawn THEN coalesce(p.withdrawn_at, statement_timestamp()) END"
                )
                continue
            for column in COLUMNS[field]:
                values[column] = f"coalesce(s.{column}, p.{column})"
                if field not in CONTACT:
                    values[column] = _unless_card(column, values[column])
        if Field.ADDRESS in self._fields:
            version = f"coalesce({self._version()}, p.residency_rule_version)"
            values["residency_rule_version"] = _unless_card("residency_rule_version", version)
        return ", ".join(f"{column} = {value}" for column, value in values.items())

    def _version(self) -> str:
        if Field.ADDRESS not in self._fields:
            return "''"
        # NULL where the address cannot be used.
        return (
            "CASE WHEN s.residency_reason = '' THEN ''"
            f" WHEN s.residency_reason <> '' THEN '{RULES.version}' END"
        )

    def withdraw_or_return(self) -> None:
        """Let those withdraw or return whose changes here are kept; these stay to be exported."""
        if not (self.counts["withdrawn"] or self.counts["returned"]):
            return
        self._cursor.execute(
            f"""
            UPDATE {PATRONS} p SET updated_at = statement_timestamp(),
                withdrawn_at = CASE k.outcome WHEN 'withdrawn' THEN statement_timestamp() END,
                namesake_no = {_NAMESAKE_NO}
            FROM import_known k LEFT JOIN import_namesakes n USING (line)
            WHERE p.id = k.id AND k.outcome IN ('withdrawn', 'returned')
            """  # noqa: S608
        )

    def reflect(self) -> None:
        """Note of patrons whose number a file holds for the first time that it does."""
        self._cursor.execute(
            f"UPDATE {PATRONS} p SET reflected_at = statement_timestamp() FROM import_known k"  # noqa: S608
            " WHERE p.id = k.id AND p.reflected_at IS NULL AND p.erased_at IS NULL"
            " AND k.outcome <> 'rejected'"
        )

    def drop_indexes(self) -> list[str]:
        """Drop the indexes that are better built again, and return how."""
        self._cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisunique",
            [PATRONS],
        )
        indexes = self._cursor.fetchall()
        for name, _ in indexes:
            self._cursor.execute(f"DROP INDEX {name}")
        return [definition for _, definition in indexes]


def _unless_card(column: str, value: str) -> str:
    return f"CASE WHEN p.card_data_at IS NULL THEN {value} ELSE p.{column} END"
