"""Databases full of made-up patrons, for measuring how the service grows.

All people are made once, by every core, into a table beside the patrons'; from there the patrons'
table grows size by size, indexes and all.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any
from zoneinfo import ZoneInfo

from bench.people import people

CHUNK = 25_000
FIRST_NUMBER = 1_000_000
FIRST_DAY = datetime(2011, 4, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
DAYS = 5600
# Coprime to the number of days: neighbours registered on days far apart.
STRIDE = 2347
ONE_IN = {"online": 20, "moved out": 300, "not exported": 2000, "withheld": 5000}
ISSUER = "https://issuer.example"
SUBJECT = "subject of "
CONTACT = {"メール": "email", "電話": "phone", "不要": "none"}


def make(count: int) -> None:
    """Make so many people in the table `made`, in the order in which `grow` takes them."""
    from django.db import connection

    chunks = [(first, min(CHUNK, count - first)) for first in range(0, count, CHUNK)]
    columns = ", ".join(_columns())
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE made AS TABLE patrons_patron WITH NO DATA")
        # Processes of their own, with no connection of ours in them.
        with get_context("spawn").Pool(os.cpu_count(), initializer=_setup) as pool:
            for lines in pool.imap(_lines, chunks):
                with cursor.copy(f"COPY made ({columns}) FROM STDIN") as copy:
                    copy.write(lines)
        # Namesakes born on one day are told apart as staff would.
        cursor.execute(
            "UPDATE made SET namesake_no = n.no FROM (SELECT number, row_number() OVER"
            " (PARTITION BY name_key, birth_date ORDER BY number) - 1 AS no FROM made) n"
            " WHERE n.number = made.number AND n.no > 0"
        )
        cursor.execute("CREATE INDEX ON made (number)")


def grow(size: int) -> None:
    """Let the patrons' table have this many of the people, analysed."""
    from django.db import connection

    columns = ", ".join(_columns())
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'patron_search'")
        (definition,) = cursor.fetchone()
        # A trigram index is made many times faster than it is kept up.
        cursor.execute("DROP INDEX patron_search")
        cursor.execute("SELECT count(*) FROM patrons_patron")
        (before,) = cursor.fetchone()
        cursor.execute(
            f"INSERT INTO patrons_patron ({columns}) SELECT {columns} FROM made"
            " WHERE number >= %s AND number < %s ORDER BY number",
            [str(FIRST_NUMBER + before), str(FIRST_NUMBER + size)],
        )
        cursor.execute(definition)
        # Who registered online has a card that is linked.
        cursor.execute(
            "INSERT INTO patrons_identitylink (issuer, subject, patron_id, linked_at)"
            " SELECT %s, %s || number, id, registered_at FROM patrons_patron"
            " WHERE registered_via = 'online' AND number >= %s",
            [ISSUER, SUBJECT, str(FIRST_NUMBER + before)],
        )
        cursor.execute("VACUUM ANALYZE patrons_patron, patrons_identitylink")
        cursor.execute("CHECKPOINT")


def subject(number: str) -> str:
    """Return the subject of a made-up patron's card."""
    return f"{SUBJECT}{number}"


def _setup() -> None:
    import django

    django.setup()


def _columns() -> list[str]:
    from patrons.models import Patron

    return [
        field.column
        for field in Patron._meta.concrete_fields
        if not field.primary_key and not field.generated
    ]


def _lines(chunk: tuple[int, int]) -> str:
    """Return a chunk of people as lines for COPY; people differ from chunk to chunk."""
    first, count = chunk
    defaults = _defaults()
    made = people(count, seed=1 + first // CHUNK, first_number=FIRST_NUMBER + first)
    rows = (_row(ordinal, person) for ordinal, person in enumerate(made, first))
    return "".join("\t".join(map(_text, (defaults | row).values())) + "\n" for row in rows)


def _defaults() -> dict[str, Any]:
    from patrons.models import Patron

    fields = (
        field
        for field in Patron._meta.concrete_fields
        if not field.primary_key and not field.generated
    )
    return {
        field.column: field.db_default if field.has_db_default() else field.get_default()
        for field in fields
    }


def _row(ordinal: int, person: dict[str, str]) -> dict[str, Any]:
    from patrons import residency
    from patrons.matching import addresses, keys

    last_name, _, first_name = person["kana"].partition("　")
    decision = residency.decide(person["address"])
    online = ordinal % ONE_IN["online"] == 0
    registered = FIRST_DAY + timedelta(days=ordinal * STRIDE % DAYS)
    return {
        "number": person["number"],
        "name": person["name"],
        "name_key": keys.name_key(person["name"]),
        "last_name_kana": last_name,
        "first_name_kana": first_name,
        "kana_key": keys.kana_key(last_name + first_name),
        "birth_date": person["birth_date"],
        "postal_code": person["postal_code"].replace("-", ""),
        "address": person["address"],
        "address_key": addresses.address_key(person["address"]),
        "phone": person["phone"].replace("-", ""),
        "email": person["email"],
        "email_key": keys.email_key(person["email"]),
        "contact_method": CONTACT[person["contact_method"]],
        "municipality_code": decision.municipality_code or "",
        "residency_reason": decision.reason,
        "residency_rule_version": decision.rule_version,
        "registered_via": "online" if online else "import",
        "registered_at": registered,
        "updated_at": registered,
        "verified_at": registered if online else None,
        "card_data_at": registered if online else None,
        "exported_at": registered if ordinal % ONE_IN["not exported"] else None,
        "reflected_at": registered if ordinal % ONE_IN["not exported"] else None,
        "moved_out_at": None if ordinal % ONE_IN["moved out"] else registered,
        "withheld_at": None if ordinal % ONE_IN["withheld"] else registered,
        "withdrawn_at": registered if person["status"] == "退会" else None,
    }


def _text(value: Any) -> str:
    return r"\N" if value is None else str(value)


def applicants(count: int) -> Iterator[dict[str, str]]:
    """Yield people who are in no database, as somebody who fills in the form is."""
    yield from people(count, seed=0)
