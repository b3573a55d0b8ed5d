"""What a scanned or typed number means: a patron's card, an item, both, or neither."""

from typing import NamedTuple

from catalog.models import MAXIMUM_ITEM_NUMBER, Item
from characters.text import is_visible, without_unseen
from circulation.models import Loan
from patrons.models import Patron
from patrons.normalize import has_forbidden_characters, nfkc, scanned_number

# What a reader may send around the longest number.
LONGEST = MAXIMUM_ITEM_NUMBER + 2


class Meant(NamedTuple):
    """Whose a number is; `item` is an item's number as it is stored, "" where it is no item's."""

    patron: Patron | None = None
    item: str = ""


def read(typed: str) -> str:
    """Return a number as it was sent, in half width; "" for what cannot be one.

    Spaces stay: Code 39 has them, and so have the numbers of some items.
    """
    number = " ".join(nfkc(without_unseen(typed[: 4 * LONGEST])).split())
    is_one = is_visible(number) and len(number) <= LONGEST
    return number if is_one and not has_forbidden_characters(number) else ""


def meaning(number: str) -> Meant:
    """Return what a number that was read means.

    Start and stop characters are of the number where somebody or something has it so.
    """
    if not number:
        return Meant()
    patron = Patron.objects.with_number(number).filter(erased_at=None).first()
    closed_up = number.replace(" ", "")
    ways = (number, closed_up, scanned_number(closed_up))
    return Meant(patron, next((way for way in ways if way and _is_item(way)), ""))


def _is_item(number: str) -> bool:
    is_known = Item.objects.filter(number=number).exists()
    return is_known or Loan.objects.filter(item_number=number).exists()
