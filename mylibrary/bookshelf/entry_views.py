"""本棚に入れる, and what is done with one work on a shelf."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from catalog.models import Record
from mylibrary.access import patron_page
from mylibrary.bookshelf import services, wanted
from mylibrary.bookshelf.forms import BackForm, EntryForm
from mylibrary.bookshelf.models import Shelf, ShelfEntry
from mylibrary.bookshelf.pages import full, place_of
from mylibrary.bookshelf.views import gone
from patrons.models import Patron
from ui.pages import is_from_here, local_path, number_of, open_form_page, render_form, sent_data


# Pages of the catalogue set no cookie, so their form has no token. Another site's form brings no
# session cookie (SameSite=Lax), and what another page of this host sends is asked about.
@csrf_exempt
@open_form_page
def add(request: HttpRequest) -> HttpResponse:
    """本棚に入れる, from any list of works; who is not logged in is asked to, and then it is in.

    An anonymous reader's `next` goes no further: it may have the words of a search.
    """
    if not request.user.is_authenticated:
        record = number_of(_asked(request).get("record", ""))
        return redirect_to_login(wanted.address(record))
    return _put(request, is_meant=is_from_here(request))


def put(request: HttpRequest) -> HttpResponse:
    """本棚に入れる, from the page that asks, with its token; the shelf is chosen there."""
    return _put(request, is_meant=True)


@patron_page
def _put(request: HttpRequest, patron: Patron, *, is_meant: bool) -> HttpResponse:
    """Put a record on a shelf, and say where it is; without a button that is meant, ask."""
    record_id = number_of(_asked(request).get("record", ""))
    shelf_id = number_of(request.POST.get("shelf", ""))
    back = local_path(request.POST.get("next", ""))
    put, refused = None, ""
    if request.method == "POST" and is_meant:
        try:
            put = services.put(patron=patron, record_id=record_id, shelf_id=shelf_id or None)
        except services.NoSuchRecord:
            return _not_there(request)
        except services.NoSuchShelf:
            return gone(request)
        except services.ShelfFull as refusal:
            refused = full(refusal.shelf)
    record = Record.objects.present().without_keys().filter(pk=record_id).first()
    if record is None:
        return _not_there(request)
    entries = list(ShelfEntry.objects.of(patron).filter(record=record).select_related("shelf"))
    if entries and put is None:
        put = services.Put(entries[0], is_new=False)
    said = refused or (_said(record, put) if put else "")
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"said": said, "put": put is not None})
    context = {
        "record": record,
        "put": put,
        "said": said,
        "refused": refused,
        "shelves": Shelf.objects.of(patron),
        "next": back,
    }
    status = 409 if refused else 200
    return render(request, "mylibrary/bookshelf/add.html", context, status=status)


@patron_page
def entry(request: HttpRequest, patron: Patron, entry_id: int) -> HttpResponse:
    """メモ・移動: the note, the shelf and the position of one work."""
    entries = ShelfEntry.objects.of(patron).with_record()
    found = get_object_or_404(entries, pk=entry_id)
    form = EntryForm(
        sent_data(request),
        entry=found,
        shelves=list(Shelf.objects.of(patron)),
        count=found.shelf.entries.count(),
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            changed = services.change_entry(
                patron=patron,
                entry_id=found.pk,
                note=given["note"],
                shelf_id=given["shelf"],
                position=given["position"],
            )
        except services.NoSuchEntry:
            return _taken_elsewhere(request, found)
        except services.NoSuchShelf:
            form.add_error("shelf", form.fields["shelf"].error_messages["invalid_choice"])
        except services.ShelfFull as refusal:
            form.add_error("shelf", full(refusal.shelf))
        except services.AlreadyThere as refusal:
            said = gettext("「%(shelf)s」には、この資料がもう入っています。")
            form.add_error("shelf", said % {"shelf": refusal.shelf.label})
        else:
            said = gettext("「%(title)s」を変更しました。") % {"title": changed.record}
            messages.success(request, said)
            return redirect(place_of(changed))
    return render_form(request, "mylibrary/bookshelf/entry.html", {"entry": found, "form": form})


@patron_page
def step(request: HttpRequest, patron: Patron, entry_id: int) -> HttpResponse:
    """上へ, 下へ: by their buttons only."""
    found = get_object_or_404(ShelfEntry.objects.of(patron), pk=entry_id)
    to = request.POST.get("to")
    if to in ("up", "down"):
        try:
            found = services.step(patron=patron, entry_id=found.pk, up=to == "up")
        except services.NoSuchEntry:
            return _taken_elsewhere(request, found)
    return redirect(place_of(found))


@patron_page
def put_back(request: HttpRequest, patron: Patron, shelf_id: int) -> HttpResponse:
    """元に戻す: by its button only."""
    form = BackForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return redirect("mylibrary:bookshelf_shelf", shelf_id)
    given = form.cleaned_data
    record_id = given.pop("record")
    try:
        entry = services.put_back(patron=patron, shelf_id=shelf_id, record_id=record_id, **given)
    except services.NoSuchShelf:
        return gone(request)
    except services.NoSuchRecord:
        return _not_there(request)
    except services.ShelfFull as refusal:
        messages.info(request, full(refusal.shelf))
        return redirect("mylibrary:bookshelf_shelf", shelf_id)
    said = gettext("「%(title)s」を本棚に戻しました。") % {"title": entry.record}
    messages.success(request, said)
    return redirect(place_of(entry))


def _asked(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else request.GET


def _said(record: Record, put: services.Put) -> str:
    """Return where a record is, in a sentence."""
    sentence = gettext("「%(title)s」は、「%(shelf)s」に入っています。")
    if put.is_new:
        sentence = gettext("「%(title)s」を、「%(shelf)s」に入れました。")
    return sentence % {"title": record, "shelf": put.entry.shelf.label}


def _not_there(request: HttpRequest) -> HttpResponse:
    messages.info(request, gettext("この資料は、図書館にもうありません。"))
    return redirect("mylibrary:bookshelf")


def _taken_elsewhere(request: HttpRequest, entry: ShelfEntry) -> HttpResponse:
    messages.info(request, gettext("この資料は、もう本棚から出してあります。"))
    return redirect("mylibrary:bookshelf_shelf", entry.shelf_id)
