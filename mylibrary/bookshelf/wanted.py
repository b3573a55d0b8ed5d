"""What somebody wanted to put on a shelf before logging in: done by the login, no press is lost.

A login is led on to an address; that of the page 本棚に入れる names the record. The page's own GET
writes nothing: where the login did not put it there, it asks.
"""

from django.http import QueryDict
from django.urls import reverse

from mylibrary.bookshelf import services
from patrons.models import Patron
from patrons.services import PatronErased
from ui.pages import number_of

_REFUSED = (services.NoSuchRecord, services.ShelfFull, PatronErased)


def address(record: int) -> str:
    """Return the address of the page 本棚に入れる for a record."""
    return reverse("mylibrary:bookshelf_add", query={"record": record})


def is_wanted(path: str) -> bool:
    """Return whether a login leads on to a record that is to be put on a shelf."""
    return path.startswith(f"{reverse('mylibrary:bookshelf_add')}?")


def fulfil(*, patron: Patron, path: str) -> None:
    """Put on the first shelf what the page at `path` asks about, if it is that page.

    What cannot be put there, the page says.
    """
    if not is_wanted(path):
        return
    asked = QueryDict(path.partition("?")[2])
    try:
        services.put(patron=patron, record_id=number_of(asked.get("record", "")))
    except _REFUSED:
        return
