"""My本棚: the shelves, and one of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mylibrary.access import patron_page
from mylibrary.bookshelf import services
from mylibrary.bookshelf.forms import ShelfForm
from mylibrary.bookshelf.models import MAXIMUM_SHELVES, Shelf, default_label
from mylibrary.bookshelf.pages import shelf_page
from patrons.models import Patron
from ui.pages import number_of, render_form, sent_data

NAME_TAKEN = _("この名前の本棚がもうあります。別の名前を入力してください")
TOO_MANY = _("本棚は%(maximum)s個まで作れます。どれかを削除してから、作ってください")


@patron_page
def shelves(request: HttpRequest, patron: Patron) -> HttpResponse:
    """My本棚: every shelf with the number of its works, and a form that makes one more."""
    form = ShelfForm(sent_data(request))
    if form.is_valid():
        try:
            made = services.create_shelf(patron=patron, name=form.cleaned_data["name"])
        except services.NameTaken:
            form.add_error("name", NAME_TAKEN)
        except services.TooManyShelves:
            form.add_error(None, TOO_MANY % {"maximum": MAXIMUM_SHELVES})
        else:
            said = gettext("本棚「%(shelf)s」を作りました。") % {"shelf": made.label}
            messages.success(request, said)
            return redirect("mylibrary:bookshelf")
    there = Shelf.objects.of(patron).counted()
    context = {
        "form": form,
        "shelves": there,
        "default_label": default_label(),
        "maximum": MAXIMUM_SHELVES,
        "is_full": len(there) >= MAXIMUM_SHELVES,
    }
    return render_form(request, "mylibrary/bookshelf/shelves.html", context)


@patron_page
def shelf(request: HttpRequest, patron: Patron, shelf_id: int) -> HttpResponse:
    """One shelf, a page at a time, in its own order or another; 本棚から出す by its button.

    What was taken from it is not followed by a redirect: what puts it back, the note included, is
    in this answer and nowhere else.
    """
    found = get_object_or_404(Shelf.objects.of(patron), pk=shelf_id)
    taken = None
    if request.method == "POST":
        try:
            entry_id = number_of(request.POST.get("take", ""))
            taken = services.take(patron=patron, entry_id=entry_id)
        except services.NoSuchEntry:
            messages.info(request, gettext("この資料は、もう本棚から出してあります。"))
    context = shelf_page(request, found) | {"taken": taken}
    return render(request, "mylibrary/bookshelf/shelf.html", context)


@patron_page
def rename(request: HttpRequest, patron: Patron, shelf_id: int) -> HttpResponse:
    """本棚の名前の変更."""
    found = get_object_or_404(Shelf.objects.of(patron), pk=shelf_id)
    form = ShelfForm(sent_data(request), initial={"name": found.label})
    if form.is_valid():
        try:
            services.rename_shelf(patron=patron, shelf_id=found.pk, name=form.cleaned_data["name"])
        except services.NameTaken:
            form.add_error("name", NAME_TAKEN)
        except services.NoSuchShelf:
            return gone(request)
        else:
            messages.success(request, gettext("本棚の名前を変更しました。"))
            return redirect("mylibrary:bookshelf_shelf", found.pk)
    return render_form(request, "mylibrary/bookshelf/rename.html", {"shelf": found, "form": form})


@patron_page
def delete(request: HttpRequest, patron: Patron, shelf_id: int) -> HttpResponse:
    """本棚の削除, after a page that says what goes with it."""
    found = get_object_or_404(Shelf.objects.of(patron).counted(), pk=shelf_id)
    if request.method != "POST":
        return render(request, "mylibrary/bookshelf/delete.html", {"shelf": found})
    try:
        services.delete_shelf(patron=patron, shelf_id=found.pk)
    except services.NoSuchShelf:
        return gone(request)
    said = gettext("本棚「%(shelf)s」を削除しました。") % {"shelf": found.label}
    messages.success(request, said)
    return redirect("mylibrary:bookshelf")


def gone(request: HttpRequest) -> HttpResponse:
    """Lead to the shelves: that one was deleted in another browser just now."""
    messages.info(request, gettext("この本棚は、ほかの画面で削除されました。"))
    return redirect("mylibrary:bookshelf")
