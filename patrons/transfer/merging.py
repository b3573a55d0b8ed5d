"""The staged rows against the stored patrons: what is new, what changed, what belongs to another.

Decided by number. The library system is the master of patrons whose name and address were not taken
from a card here; of the others it tells only how they are reached and whether they have withdrawn.
What changed here and was not exported yet is kept, though who withdrew or came back there did so;
kept is also whatever was exported or imported after the file was written, and who was erased stays
so.
Reasons: docs/adr/0033-patrons-of-the-library-system.md.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from patrons.enums import ContactMethod, RegisteredVia
from patrons.models import Patron
from patrons.residency import RULES
from patrons.transfer.columns import Field
from patrons.transfer.rows import COLUMNS, Finding
from patrons.transfer.staging import TABLE, findings

PATRONS = Patron._meta.db_table
# What the library system stays master of once name and address came from a card here.
CONTACT = (Field.PHONE, Field.EMAIL, Field.CONTACT_METHOD)
# Below this, dropping and building indexes costs more than it saves.
MIN_ROWS_TO_REBUILD = 20_000

_SAME_BIRTH_DATE = "(p.birth_date = s.birth_date OR ({}))".format(
    " AND ".join(
        f"(substr(p.birth_date, {start}, {length}) = substr(s.birth_date, {start}, {length})"
        f" OR '{'0' * length}' IN (substr(p.birth_date, {start}, {length}),"
        f" substr(s.birth_date, {start}, {length})))"
        for start, length in ((1, 4), (5, 2), (7, 2))
    )
)
_NAMESAKE_NO = "CASE WHEN k.enters THEN coalesce(n.namesake_no, 0) ELSE p.namesake_no END"


class Merge:
    """One merge, in the caller's transaction, of the fields that a file of one moment has."""

    def __init__(self, cursor: CursorWrapper, fields: list[Field], as_of: datetime) -> None:
        self._cursor = cursor
        self._fields = fields
        # A literal: CREATE TABLE AS takes no parameters.
        self._as_of = f"'{as_of.isoformat()}'::timestamptz"
        self._counts: dict[str, int] = {}

    def is_filling(self) -> bool:
        """Return whether the table holds next to nothing beside what is staged."""
        self._cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608
        (staged,) = self._cursor.fetchone()
        if staged < MIN_ROWS_TO_REBUILD:
            return False
        self._cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM {PATRONS} LIMIT %s) AS found",  # noqa: S608
            [staged // 10 + 1],
        )
        return self._cursor.fetchone()[0] <= staged // 10

    def keep_readers_out(self) -> None:
        """Lock the table against everybody; OperationalError at once where somebody is in it."""
        self._cursor.execute(f"LOCK TABLE {PATRONS} IN ACCESS EXCLUSIVE MODE NOWAIT")

    def compare(self) -> None:
        """Decide what becomes of every staged row; nothing is written yet."""
        withdrawn = "s.withdrawn" if Field.STATUS in self._fields else "p.withdrawn_at IS NOT NULL"
        renamed = "p.name_key <> s.name_key"
        # A moment still to come was written by a clock that was ahead, and tells nothing.
        stale = (
            f"coalesce(p.synced_at > {self._as_of} AND p.synced_at <= statement_timestamp(), false)"
        )
        kana = " AND coalesce(p.kana_key <> s.kana_key, true)" if Field.KANA in self._fields else ""
        self._cursor.execute(
            "CREATE TEMPORARY TABLE import_known ON COMMIT DROP AS"  # noqa: S608
            " SELECT s.line, s.number, p.id, p.updated_at, CASE"
            " WHEN p.erased_at IS NOT NULL AND s.name = '' THEN 'unchanged'"
            " WHEN p.erased_at IS NOT NULL THEN 'erased'"
            # Who married has another name, whose birth date was corrected has another one.
            f" WHEN NOT {_SAME_BIRTH_DATE} AND (p.card_data_at IS NOT NULL OR {renamed})"
            " THEN 'rejected'"
            f" WHEN NOT ({self._differs()}) THEN 'unchanged'"
            f" WHEN {stale} THEN 'stale'"
            f" WHEN p.export_pending AND {withdrawn} AND p.withdrawn_at IS NULL THEN 'withdrawn'"
            f" WHEN p.export_pending AND NOT ({withdrawn}) AND p.withdrawn_at IS NOT NULL"
            " THEN 'returned'"
            " WHEN p.export_pending THEN 'kept'"
            " ELSE 'updated' END AS outcome,"
            # Kana as well: a file in CP932 has 〓 for what it lacks.
            f" p.card_data_at IS NOT NULL AND NOT p.export_pending AND NOT {stale}"
            f" AND {renamed}{kana} AS renamed,"
            f" NOT ({withdrawn}) AND (p.withdrawn_at IS NOT NULL OR (p.card_data_at IS NULL AND"
            f" ({renamed} OR p.birth_date <> s.birth_date))) AS enters"
            f" FROM {TABLE} s JOIN {PATRONS} p USING (number)"
        )
        self._cursor.execute("ANALYZE import_known")
        self._number_namesakes()
        self._cursor.execute("SELECT outcome, count(*) FROM import_known GROUP BY outcome")
        self._counts = dict(self._cursor.fetchall())
        self._cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608
        self._counts["inserted"] = self._cursor.fetchone()[0] - sum(self._counts.values())

    def count(self, outcome: str) -> int:
        """Return how many rows are `inserted`, `updated`, `unchanged` and so on."""
        return self._counts.get(outcome, 0)

    def lines(self, outcome: str, code: str) -> Iterator[Finding]:
        """Yield the rows of one outcome: `rejected`, `kept`, `withdrawn` and `returned` (otherwise
        kept), `stale`, `erased`, or `late` after `update`."""
        return findings(
            "SELECT line, number FROM import_known WHERE outcome = %s ORDER BY line",
            code,
            [outcome],
        )

    def renamed(self) -> Iterator[Finding]:
        """Yield the rows that call a patron other than the card did."""
        return findings(
            "SELECT line, number FROM import_known"
            " WHERE renamed AND outcome IN ('unchanged', 'updated') ORDER BY line",
            "renamed",
        )

    def namesakes(self) -> Iterator[Finding]:
        """Yield the rows that share name and birth date with another patron."""
        return findings(
            "SELECT line, number FROM import_namesakes WHERE namesake_no > 0 ORDER BY line",
            "namesake",
        )

    def insert(self, first_login_days: int) -> None:
        """Store the new patrons."""
        # Otherwise the foreign key's checks wait for the commit, and no index could be built.
        self._cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        staged = [f for f in COLUMNS if f in self._fields and f is not Field.STATUS]
        values = {column: f"coalesce(s.{column}, '')" for f in staged for column in COLUMNS[f]}
        for field in COLUMNS:
            if field not in self._fields and field is not Field.STATUS:
                values |= dict.fromkeys(COLUMNS[field], "''")
        if Field.CONTACT_METHOD not in self._fields:
            values["contact_method"] = f"'{ContactMethod.NONE.value}'"
        values |= {
            "residency_rule_version": f"coalesce({self._version()}, '')",
            "registered_via": f"'{RegisteredVia.IMPORT.value}'",
            "registered_at": "statement_timestamp()",
            "exported_at": "statement_timestamp()",
            "updated_at": "statement_timestamp()",
            "synced_at": self._as_of,
            "namesake_no": "coalesce(n.namesake_no, 0)",
            "first_login_until": (
                "statement_timestamp() + make_interval(days => %s)" if first_login_days else "NULL"
            ),
            "withdrawn_at": (
                "CASE WHEN s.withdrawn THEN statement_timestamp() END"
                if Field.STATUS in self._fields
                else "NULL"
            ),
        }
        self._cursor.execute(
            f"INSERT INTO {PATRONS} ({', '.join(values)}) SELECT {', '.join(values.values())}"  # noqa: S608
            f" FROM {TABLE} s LEFT JOIN import_namesakes n USING (line)"
            " WHERE NOT EXISTS (SELECT FROM import_known k WHERE k.line = s.line)",
            [first_login_days] if first_login_days else [],
        )

    def update(self) -> None:
        """Store what changed; rows of patrons who changed at this moment become `late`."""
        if not self.count("updated"):
            return
        self._cursor.execute(
            f"WITH written AS (UPDATE {PATRONS} p SET {self._assignments()},"  # noqa: S608
            f" namesake_no = {_NAMESAKE_NO},"
            " exported_at = statement_timestamp(), updated_at = statement_timestamp(),"
            f" synced_at = {self._as_of}"
            f" FROM import_known k JOIN {TABLE} s USING (line)"
            " LEFT JOIN import_namesakes n USING (line)"
            " WHERE p.id = k.id AND k.outcome = 'updated' AND p.updated_at = k.updated_at"
            " RETURNING k.line)"
            " UPDATE import_known k SET outcome = 'late' WHERE outcome = 'updated'"
            " AND NOT EXISTS (SELECT FROM written WHERE written.line = k.line)"
        )

    def withdraw_or_return(self) -> None:
        """Let those withdraw or return whose changes here are kept; these stay to be exported."""
        if not (self.count("withdrawn") or self.count("returned")):
            return
        self._cursor.execute(
            f"UPDATE {PATRONS} p SET updated_at = statement_timestamp(),"  # noqa: S608
            " withdrawn_at = CASE k.outcome WHEN 'withdrawn' THEN statement_timestamp() END,"
            f" namesake_no = {_NAMESAKE_NO}"
            " FROM import_known k LEFT JOIN import_namesakes n USING (line)"
            " WHERE p.id = k.id AND k.outcome IN ('withdrawn', 'returned')"
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

    def _differs(self) -> str:
        ours, theirs = [], []
        for field in self._fields:
            if field is Field.STATUS:
                differs = "(p.withdrawn_at IS NOT NULL) <> s.withdrawn"
            else:
                compared = [c for c in COLUMNS[field] if not c.startswith(("municip", "resid"))]
                differs = " OR ".join(f"p.{column} <> s.{column}" for column in compared)
            ours.append(differs)
            if field in CONTACT or field is Field.STATUS:
                theirs.append(differs)
        read = " OR ".join(theirs) or "false"
        # What cannot be used is NULL, and differs from nothing.
        return (
            f"coalesce(CASE WHEN p.card_data_at IS NULL THEN {' OR '.join(ours)} ELSE {read} END,"
            " false)"
        )

    def _assignments(self) -> str:
        assignments = []
        for field in self._fields:
            if field is Field.STATUS:
                assignments.append(
                    "withdrawn_at = CASE WHEN s.withdrawn"
                    " THEN coalesce(p.withdrawn_at, statement_timestamp()) END"
                )
            elif field in CONTACT:
                assignments += [
                    f"{column} = coalesce(s.{column}, p.{column})" for column in COLUMNS[field]
                ]
            else:
                assignments += [_unless_card(column, f"s.{column}") for column in COLUMNS[field]]
        if Field.ADDRESS in self._fields:
            assignments.append(_unless_card("residency_rule_version", self._version()))
        return ", ".join(assignments)

    def _version(self) -> str:
        if Field.ADDRESS not in self._fields:
            return "''"
        # NULL where the address cannot be used.
        return (
            "CASE WHEN s.residency_reason = '' THEN ''"
            f" WHEN s.residency_reason <> '' THEN '{RULES.version}' END"
        )

    def _number_namesakes(self) -> None:
        """Give active rows that share name and birth date the numbers after those in use."""
        active = "NOT s.withdrawn" if Field.STATUS in self._fields else "true"
        # Of who comes back though the rest of the row is kept, and of the card's data: what stays.
        stays = "p.card_data_at IS NOT NULL OR k.outcome = 'returned'"
        keys = ", ".join(
            f"CASE WHEN {stays} THEN p.{key} ELSE s.{key} END AS {key}"
            for key in ("name_key", "birth_date")
        )
        self._cursor.execute(
            "CREATE TEMPORARY TABLE import_namesakes ON COMMIT DROP AS"  # noqa: S608
            " WITH entering AS MATERIALIZED ("
            f"SELECT s.line, s.number, {keys} FROM {TABLE} s"
            f" LEFT JOIN import_known k USING (line) LEFT JOIN {PATRONS} p USING (id)"
            f" WHERE {active} AND (k.line IS NULL"
            " OR (k.outcome IN ('updated', 'returned') AND k.enters))"
            "), shared AS ("
            "SELECT name_key, birth_date FROM entering GROUP BY 1, 2 HAVING count(*) > 1"
            " UNION SELECT e.name_key, e.birth_date FROM entering e"
            f" JOIN {PATRONS} p USING (name_key, birth_date) WHERE p.withdrawn_at IS NULL"
            "), used AS ("
            f"SELECT name_key, birth_date, max(namesake_no) AS last FROM {PATRONS}"
            " JOIN shared USING (name_key, birth_date) GROUP BY 1, 2)"
            " SELECT line, number, (coalesce(last + 1, 0) - 1 + row_number()"
            " OVER (PARTITION BY name_key, birth_date ORDER BY number))::smallint AS namesake_no"
            " FROM entering JOIN shared USING (name_key, birth_date)"
            " LEFT JOIN used USING (name_key, birth_date)"
        )
        self._cursor.execute("ANALYZE import_namesakes")


def _unless_card(column: str, value: str) -> str:
    return (
        f"{column} = CASE WHEN p.card_data_at IS NULL THEN coalesce({value}, p.{column})"
        f" ELSE p.{column} END"
    )
