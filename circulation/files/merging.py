"""A snapshot's staged rows against ours: rows that stay keep what was told of them.

Nobody who reads waits: rows are written, and no table is locked. A loan is the same where item and
patron are, and it was not lent anew; a hold where number and patron are. What a snapshot has no
longer is deleted, a loan as by a return. Of a patron of whom a line was wrong nothing is known.
"""

from datetime import date, datetime

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from circulation.enums import HoldState
from circulation.files.models import RequestedAct, RequestOutcome

STAGED = {
    "patrons": {"patron_id": "bigint", "standing": "text"},
    "loans": {
        **{"patron_id": "bigint", "item_number": "text", "control_number": "text"},
        **{"title": "text", "material": "text", "branch_id": "bigint", "lent_at": "timestamptz"},
        **{"due": "date", "renewals": "smallint", "refusal": "text"},
    },
    "holds": {
        **{"patron_id": "bigint", "number": "text", "control_number": "text", "title": "text"},
        **{"pickup_id": "bigint", "state": "text", "position": "int", "asked_at": "timestamptz"},
        **{"suspended_until": "date", "item_number": "text", "ready_at": "timestamptz"},
        **{"keep_until": "date", "shelf_number": "int"},
    },
    "answers": {"key": "uuid", "outcome": "text", "refusal": "text"},
}
_LOAN = ("record_id", "title", "material", "branch_id", "lent_at", "due", "renewals", "refusal")
_HOLD = (
    *("record_id", "title", "pickup_id", "state", "position", "asked_at", "suspended_until"),
    *("item_number", "ready_at", "keep_until", "shelf_number"),
)
# More rows than both of these go only where that is said to be meant.
GONE_UNASKED, SHARE_GONE_UNASKED = 20, 0.5


def create(cursor: CursorWrapper) -> None:
    for kind, columns in STAGED.items():
        named = ", ".join(f'"{name}" {of}' for name, of in columns.items())
        cursor.execute(f"CREATE TEMPORARY TABLE staged_{kind} ({named}) ON COMMIT DROP")


def compare(cursor: CursorWrapper) -> None:
    """Find the records of what is staged, and which stored rows it is about."""
    for kind in STAGED:
        cursor.execute(f"ANALYZE staged_{kind}")
    cursor.execute(
        """
        CREATE TEMPORARY TABLE told_loan ON COMMIT DROP AS
        SELECT staged.*, coalesce(record.id, item.record_id) AS record_id FROM staged_loans staged
        LEFT JOIN catalog_record record USING (control_number)
        LEFT JOIN catalog_item item ON item.number = staged.item_number;
        CREATE TEMPORARY TABLE told_hold ON COMMIT DROP AS
        SELECT staged.*, record.id AS record_id FROM staged_holds staged
        LEFT JOIN catalog_record record USING (control_number);
        UPDATE told_loan SET title = '' WHERE record_id IS NOT NULL;
        UPDATE told_hold SET title = '' WHERE record_id IS NOT NULL;
        CREATE TEMPORARY TABLE same_loan ON COMMIT DROP AS
        SELECT loan.id, told.item_number FROM circulation_loan loan
        JOIN told_loan told USING (item_number, patron_id)
        WHERE loan.lent_at = told.lent_at OR told.renewals > loan.renewals;
        CREATE TEMPORARY TABLE same_hold ON COMMIT DROP AS
        SELECT hold.id, told.number FROM circulation_hold hold
        JOIN told_hold told USING (number, patron_id);
        ANALYZE told_loan; ANALYZE told_hold; ANALYZE same_loan; ANALYZE same_hold
        """
    )


def loses_many(cursor: CursorWrapper) -> bool:
    """Return whether so many loans or holds go that the files are rather incomplete."""
    for table, same in (("circulation_loan", "same_loan"), ("circulation_hold", "same_hold")):
        cursor.execute(
            f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {same})"  # noqa: S608
        )
        stored, stays = cursor.fetchone()
        if stored - stays > max(GONE_UNASKED, stored * SHARE_GONE_UNASKED):
            return True
    return False


def merge(cursor: CursorWrapper, as_of: datetime, day: date) -> dict[str, int]:
    """Write what is staged, and return how much was written; `day` is that of `as_of` here."""
    _lock_readers(cursor)
    counts = {
        "holds_gone": _gone(cursor, "circulation_hold", "same_hold"),
        "loans_gone": _take_back(cursor, day),
    }
    # What items and numbers on the shelf pass on, nobody has meanwhile.
    cursor.execute(
        "UPDATE circulation_hold hold SET item_number = '', shelf_number = NULL"
        " FROM same_hold same JOIN told_hold told USING (number) WHERE hold.id = same.id"
        " AND (hold.item_number, hold.shelf_number, hold.pickup_id, hold.state)"
        " IS DISTINCT FROM (told.item_number, told.shelf_number, told.pickup_id, told.state)"
    )
    cursor.execute("UPDATE told_hold SET asked_at = %s WHERE asked_at IS NULL", [as_of])
    counts["holds_changed"] = _change(cursor, "hold", "number", _HOLD)
    counts["holds_new"] = _add(cursor, "hold", "number", _HOLD, ("state_told", "''"))
    counts["loans_changed"] = _change(cursor, "loan", "item_number", _LOAN)
    counts["loans_new"] = _add(cursor, "loan", "item_number", _LOAN)
    _write_standings(cursor, as_of)
    return counts


def settle(cursor: CursorWrapper, now: datetime) -> int:
    """Settle what was asked for and is answered, or is seen to be done; return how much."""
    cursor.execute(
        "UPDATE circulation_libraryrequest asked SET settled_at = %s, outcome = answer.outcome,"
        " refusal = answer.refusal FROM staged_answers answer"
        " WHERE asked.key = answer.key AND asked.settled_at IS NULL",
        [now],
    )
    settled = cursor.rowcount
    done, gone = RequestOutcome.DONE, RequestOutcome.GONE
    cursor.execute(
        """
        WITH seen AS (
            SELECT asked.id, CASE
                WHEN act = %(renew)s AND loan.id IS NULL THEN %(gone)s
                WHEN act = %(renew)s AND loan.due > asked.due_before THEN %(done)s
                WHEN act = %(cancel)s AND coalesce(hold.state, %(expired)s) = %(expired)s
                    THEN %(done)s
                WHEN act IN (%(change_pickup)s, %(suspend)s) AND hold.id IS NULL THEN %(gone)s
                WHEN act = %(change_pickup)s AND hold.pickup_id = asked.pickup_id THEN %(done)s
                WHEN act = %(suspend)s AND hold.suspended_until IS NOT DISTINCT FROM asked.until
                    THEN %(done)s
                WHEN act = %(request)s AND (
                    EXISTS (SELECT FROM circulation_hold held WHERE
                        held.number <> '' AND held.state <> %(expired)s AND
                        (held.patron_id, held.record_id) = (asked.patron_id, asked.record_id))
                    OR EXISTS (SELECT FROM circulation_loan lent WHERE
                        (lent.patron_id, lent.record_id) = (asked.patron_id, asked.record_id)))
                    THEN %(done)s
                END AS outcome
            FROM circulation_libraryrequest asked
            JOIN circulation_patronstanding USING (patron_id)
            LEFT JOIN circulation_loan loan ON loan.item_number = asked.item_number
                AND loan.patron_id = asked.patron_id AND asked.item_number <> ''
            LEFT JOIN circulation_hold hold ON hold.number = asked.hold_number
                AND hold.patron_id = asked.patron_id AND asked.hold_number <> ''
            WHERE asked.settled_at IS NULL
        )
        UPDATE circulation_libraryrequest asked SET settled_at = %(now)s, outcome = seen.outcome
        FROM seen WHERE asked.id = seen.id AND seen.outcome IS NOT NULL
        """,
        {
            **{act.value: act.value for act in RequestedAct},
            **{"done": done.value, "gone": gone.value, "expired": HoldState.EXPIRED.value},
            "now": now,
        },
    )
    return settled + cursor.rowcount


def _gone(cursor: CursorWrapper, table: str, same: str) -> int:
    cursor.execute(
        f"DELETE FROM {table} stored WHERE NOT EXISTS"  # noqa: S608
        f" (SELECT FROM {same} same WHERE same.id = stored.id)"
    )
    return cursor.rowcount


def _lock_readers(cursor: CursorWrapper) -> None:
    """Lock who returns something and wants it kept, as every return does (`circulation.history`).

    Before any other row: whoever has such a patron locked may come to want one of those.
    """
    cursor.execute(
        "SELECT FROM patrons_patron WHERE id IN ("
        " SELECT patron_id FROM circulation_loan loan JOIN circulation_historychoice"
        " USING (patron_id) WHERE NOT EXISTS (SELECT FROM same_loan same WHERE same.id = loan.id))"
        " ORDER BY id FOR NO KEY UPDATE"
    )


def _take_back(cursor: CursorWrapper, day: date) -> int:
    """Delete the loans that ended, and keep what was read for who asked for that."""
    cursor.execute(
        """
        WITH gone AS (
            DELETE FROM circulation_loan loan
            WHERE NOT EXISTS (SELECT FROM same_loan same WHERE same.id = loan.id)
            RETURNING patron_id, record_id, title, lent_at
        ), kept AS (
            INSERT INTO circulation_readinghistory
                (patron_id, record_id, title, lent_on, returned_on)
            SELECT patron_id, record_id, title, timezone(%s, lent_at)::date, %s FROM gone
            JOIN circulation_historychoice USING (patron_id)
            JOIN staged_patrons USING (patron_id)
        )
        SELECT count(*) FROM gone
        """,
        [settings.TIME_ZONE, day],
    )
    return cursor.fetchone()[0]


def _change(cursor: CursorWrapper, name: str, key: str, columns: tuple[str, ...]) -> int:
    stored, told = (
        ", ".join(f"{table}.{column}" for column in columns) for table in ("stored", "told")
    )
    cursor.execute(
        f"UPDATE circulation_{name} stored SET ({', '.join(columns)}) = ROW({told})"  # noqa: S608
        f" FROM same_{name} same JOIN told_{name} told USING ({key})"
        f" WHERE stored.id = same.id AND ({stored}) IS DISTINCT FROM ({told})"
    )
    return cursor.rowcount


def _add(
    cursor: CursorWrapper, name: str, key: str, columns: tuple[str, ...], *more: tuple[str, str]
) -> int:
    names = ", ".join(("patron_id", key, *columns, *(column for column, _ in more)))
    values = ", ".join(("patron_id", key, *columns, *(value for _, value in more)))
    cursor.execute(
        f"INSERT INTO circulation_{name} ({names}) SELECT {values} FROM told_{name} told"  # noqa: S608
        f" WHERE NOT EXISTS (SELECT FROM same_{name} same WHERE same.{key} = told.{key})"
        f" ORDER BY {key}"
    )
    return cursor.rowcount


def _write_standings(cursor: CursorWrapper, as_of: datetime) -> None:
    cursor.execute(
        "DELETE FROM circulation_patronstanding stored WHERE NOT EXISTS"
        " (SELECT FROM staged_patrons staged WHERE staged.patron_id = stored.patron_id)"
    )
    cursor.execute(
        "INSERT INTO circulation_patronstanding AS stored (patron_id, standing)"
        " SELECT patron_id, standing FROM staged_patrons ON CONFLICT (patron_id)"
        " DO UPDATE SET standing = excluded.standing WHERE stored.standing <> excluded.standing"
    )
    # The library system knows the number. Whose row somebody changes just now is for the next one.
    cursor.execute(
        "UPDATE patrons_patron SET reflected_at = %s WHERE id IN ("
        " SELECT patron.id FROM patrons_patron patron"
        " JOIN staged_patrons staged ON staged.patron_id = patron.id"
        " WHERE patron.reflected_at IS NULL FOR NO KEY UPDATE OF patron SKIP LOCKED)",
        [as_of],
    )
