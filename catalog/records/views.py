"""A record's page, its address by ISBN, and new arrivals."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from catalog.meaning import found as by_meaning
from catalog.models import Record
from catalog.records import arrivals, availability
from catalog.records.availability import in_order
from catalog.records.description import followed, rows, schema
from catalog.records.shelf import Standing, standing
from catalog.search.criteria import Criteria, Term, read
from catalog.search.folding import fold, isbn13
from catalog.search.panel import paged, pages
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
        "items": [(item.branch.shown_name, item, availability.of_item(item)) for item in items],
        "available": availability.at_a_glance(items),
        "rows": rows(found),
        "followed": followed(found),
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
    found = list(Record.objects.with_isbn(number).without_keys()[:2]) if number else []
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect("catalog:record", found[0].pk)
    return redirect(f"{reverse('catalog:search')}?{Criteria(terms=(Term(text=number),)).query()}")


@open_page
def new(request: HttpRequest) -> HttpResponse:
    """新着資料: what came last, the newest first, a page at a time."""
    asked = read(request.GET)
    criteria = Criteria(materials=asked.materials, for_children=asked.for_children, page=asked.page)
    found = arrivals.page(criteria)
    if not found.ids and criteria != Criteria():
        # Beyond the last page; or of a kind of which there is nothing.
        last = criteria.query(page=pages(found.total)) if found.total else ""
        return redirect(f"{request.path}?{last}" if last else request.path)
    context = paged(criteria, len(found.ids), found.total) | {
        "records": in_order(found.ids),
        "has_more": found.has_more,
        "choices": found.choices,
    }
    return render(request, "catalog/new.html", context)


def _others(found: Record) -> list[tuple[str, list[Standing]]]:
    """Return titles and records that lead on from this one, each record once."""
    shown = Record.objects.without_keys()
    # Enough without those of its series and author, should they be the nearest.
    near = by_meaning.beside(found, 3 * NEIGHBOURS) or shown.beside(found)
    known = {found.pk}
    made = []
    for title, records in (
        (gettext("同じシリーズの資料"), shown.in_series(found.series)),
        (gettext("同じ著者の資料"), shown.by_author(fold(found.first_author))),
        (gettext("この本に近い本"), near),
    ):
        others = [one for one in records[: NEIGHBOURS + len(known)] if one.pk not in known]
        known |= {one.pk for one in others[:NEIGHBOURS]}
        if others:
            made.append((title, [standing(one) for one in others[:NEIGHBOURS]]))
    return made
