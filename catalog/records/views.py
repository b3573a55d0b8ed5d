"""A record's page, its address by ISBN, and new arrivals."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from catalog.models import Record
from catalog.records import arrivals, availability
from catalog.records.availability import with_availability
from catalog.records.description import rows, schema
from catalog.records.shelf import Standing, standing
from catalog.search.criteria import PER_PAGE, Criteria, Term
from catalog.search.folding import fold, isbn13
from ui.pages import open_page

NEIGHBOURS = 6


@open_page
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """Everything known of a work, and where it stands; 404 where it was never there, 410 once."""
    found = get_object_or_404(Record.objects.without_keys().with_items(), pk=record_id)
    if found.deleted_at:
        return render(request, "catalog/gone.html", {"record": found}, status=410)
    items = list(found.items.all())
    context = {
        "record": found,
        "items": [
            (availability.branch_name(item.branch), item, availability.of_item(item))
            for item in items
        ],
        "available": availability.at_a_glance(items),
        "rows": rows(found),
        "others": _others(found),
        # Inside a script no tag may begin.
        "schema": mark_safe(  # noqa: S308
            json.dumps(schema(found), ensure_ascii=False).replace("<", "\\u003c")
        ),
    }
    return render(request, "catalog/record.html", context)


@open_page
def by_isbn(request: HttpRequest, isbn: str) -> HttpResponse:
    """Lead to what has an ISBN, in any form of it (cross-library searches link here)."""
    number = isbn13(isbn)
    if not number:
        raise Http404
    found = list(Record.objects.with_isbn(number).without_keys()[:2])
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect("catalog:record", found[0].pk)
    return redirect(f"{reverse('catalog:search')}?{Criteria(terms=(Term(text=number),)).query()}")


@open_page
def new(request: HttpRequest) -> HttpResponse:
    """新着資料: what came last, the newest first."""
    newest = arrivals.newest().with_items()[: PER_PAGE * 2]
    return render(request, "catalog/new.html", {"records": with_availability(newest)})


def _others(found: Record) -> list[tuple[str, list[Standing]]]:
    """Return titles and records that lead on from this one, each record once."""
    author = fold(found.contributors[0]["name"]) if found.contributors else ""
    known = {found.pk}
    made = []
    for title, records in (
        (gettext("同じシリーズの資料"), Record.objects.in_series(found.series)),
        (gettext("同じ著者の資料"), Record.objects.by_author(author)),
        (gettext("この本に近い本"), Record.objects.beside(found)),
    ):
        near = records.without_keys()[: NEIGHBOURS + len(known)]
        others = [one for one in near if one.pk not in known]
        known |= {one.pk for one in others[:NEIGHBOURS]}
        if others:
            made.append((title, [standing(one) for one in others[:NEIGHBOURS]]))
    return made
