"""Lists that patrons take along, and lists that they bring."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from mylibrary.access import patron_of, patron_page
from mylibrary.bookshelf import exporting, services
from mylibrary.bookshelf.forms import AS_WRITTEN, MOST_BYTES, MOST_TYPED, ImportForm
from mylibrary.bookshelf.importing import DONE, Outcome, import_rows
from mylibrary.bookshelf.models import Shelf, ShelfEntry
from mylibrary.bookshelf.views import gone
from patrons.models import Patron
from staff.uploads import takes_a_file
from ui.pages import number_of

FILES = {
    "csv": (exporting.table, "text/csv; charset=utf-8", "csv"),
    "isbn": (exporting.isbns, "text/plain; charset=utf-8", "txt"),
}


@patron_page
def export(request: HttpRequest, patron: Patron) -> HttpResponse:
    """書き出し: what can be had, and the file itself, of one shelf or of all."""
    shelves = Shelf.objects.of(patron)
    make, content_type, ending = FILES.get(request.GET.get("as", ""), (None, "", ""))
    if make is None:
        context = {"shelves": shelves.counted()}
        return render(request, "mylibrary/bookshelf/export.html", context)
    entries, name = ShelfEntry.objects.of(patron).with_record(), gettext("My本棚")
    if asked := request.GET.get("shelf", ""):
        shelf = get_object_or_404(shelves, pk=number_of(asked))
        entries, name = entries.filter(shelf=shelf), shelf.label
    name = f"{name}_{timezone.localdate():%Y%m%d}.{ending}"
    return HttpResponse(
        make(entries),
        content_type=content_type,
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


@takes_a_file(may=lambda request: patron_of(request) is not None, most_bytes=MOST_BYTES)
@patron_page
def import_list(request: HttpRequest, patron: Patron) -> HttpResponse:
    """取り込み: a list typed or as a file, then what became of each line.

    Lines that could not be put anywhere are in the form again, to be corrected.
    """
    shelves = list(Shelf.objects.of(patron))
    if request.method != "POST":
        initial = {"shelf": request.GET.get("shelf", "")}
        return _import_page(request, ImportForm(initial=initial, shelves=shelves))
    form = ImportForm(request.POST, request.FILES, shelves=shelves)
    if not form.is_valid():
        return _import_page(request, form, status=422)
    chosen = form.cleaned_data["shelf"]
    shelf = next((one for one in shelves if str(one.pk) == chosen), None)
    if shelf is None and chosen != AS_WRITTEN:
        shelf = services.first_shelf(patron=patron)
    try:
        told = import_rows(patron=patron, rows=form.table.rows, shelf=shelf)
    except services.NoSuchShelf:
        return gone(request)
    left = [one.row.text for one in told if one.outcome not in DONE]
    again = "\n".join([form.table.header, *left] if form.table.header and left else left)
    context: dict[str, Any] = {
        "told": told,
        "counts": [(outcome, sum(one.outcome is outcome for one in told)) for outcome in Outcome],
        "left": len(left),
        "is_too_long": len(again) > MOST_TYPED,
    }
    initial = {"shelf": chosen, "text": "" if context["is_too_long"] else again}
    rest = ImportForm(initial=initial, shelves=list(Shelf.objects.of(patron)))
    return _import_page(request, rest, **context)


def _import_page(
    request: HttpRequest, form: ImportForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    template = "mylibrary/bookshelf/import.html"
    return render(request, template, {"form": form, **more}, status=status)
