"""What several views of My本棚 show."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from catalog.records import availability
from mylibrary.bookshelf.models import MAXIMUM_ENTRIES, Order, Shelf, ShelfEntry
from ui.pages import pager

PER_PAGE = 20


def shelf_page(request: HttpRequest, shelf: Shelf) -> dict[str, Any]:
    """Return a page of a shelf in the order that was asked for; the nearest page that there is."""
    asked = request.GET.get("sort", "")
    order = Order(asked) if asked in Order.values else Order.OWN
    entries = ShelfEntry.objects.filter(shelf=shelf).with_record().with_items().in_order(order)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    sort = "" if order is Order.OWN else f"sort={order}&"
    for entry in page:
        entry.available = availability.of(entry.record.items.all())  # type: ignore[attr-defined]
    return {
        "shelf": shelf,
        "entries": page,
        "count": page.paginator.count,
        **pager(page, sort),
        "sorts": [
            (one.label, "" if one is order else "?" if one is Order.OWN else f"?sort={one}")
            for one in Order
        ],
        "is_own_order": order is Order.OWN,
        "maximum": MAXIMUM_ENTRIES,
    }


def place_of(entry: ShelfEntry) -> str:
    """Return the address at which an entry is seen among the others."""
    page = (entry.position - 1) // PER_PAGE + 1
    return reverse(
        "mylibrary:bookshelf_shelf",
        args=[entry.shelf_id],
        query={"page": page} if page > 1 else None,
        fragment=f"entry-{entry.pk}",
    )


def full(shelf: Shelf) -> str:
    """Return what to do about a shelf that takes no more."""
    return gettext(
        "「%(shelf)s」には、%(maximum)s点まで入れられます。"
        "どれかを出すか、ほかの本棚に入れてください。"
    ) % {"shelf": shelf.label, "maximum": MAXIMUM_ENTRIES}
