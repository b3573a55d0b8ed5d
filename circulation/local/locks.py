"""The locks of lending, always taken in this order: the patron, the record, the item, the shelf.

A record's is an advisory lock: its row is rewritten by imports, for which no counter waits.
"""

from django.db import connection

from catalog.models import Item
from circulation.enums import Refusal
from circulation.port import Refused
from patrons.models import Patron

RECORD_LOCK = 0x0174_0010
SHELF_LOCK = 0x0174_0011


def lock_patron(patron_id: int) -> Patron:
    """Return a patron whose loans and holds nobody else changes until the transaction ends."""
    # Not the key: rows that name the patron may be written meanwhile.
    return Patron.objects.select_for_update(no_key=True).get(pk=patron_id)


def lock_record(record_id: int) -> None:
    """Let nobody else change a record's queue or items until the transaction ends."""
    _lock(RECORD_LOCK, record_id)


def lock_item(number: str) -> Item:
    """Return an item, locked, its record first; raises Refused where there is none, or moves."""
    record_id = Item.objects.filter(number=number).values_list("record_id", flat=True).first()
    if record_id is None:
        raise Refused(Refusal.UNKNOWN_ITEM)
    lock_record(record_id)
    item = Item.objects.select_for_update(of=("self",)).select_related("record", "branch")
    found = item.filter(number=number, record_id=record_id).first()
    if found is None:
        # An import gave it to another record meanwhile, or took it away.
        raise Refused(Refusal.MEANWHILE)
    return found


def lock_shelf(branch_id: int) -> None:
    """Let nobody else put anything on a branch's hold shelf until the transaction ends."""
    _lock(SHELF_LOCK, branch_id)


def _lock(kind: int, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, key % 2**31])
