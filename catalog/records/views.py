"""A record's page, its address by ISBN, and new arrivals."""

import json
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from catalog.models import Record, RecordQuerySet
from catalog.records import availability
from catalog.records.availability import with_availability
from catalog.search.criteria import PER_PAGE
from catalog.search.folding import fold, isbn13
from catalog.search.panel import language_name
from ui.pages import beside, open_page

NEW_FOR = timedelta(days=60)
NEIGHBOURS = 6


@open_page
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """Everything known of a work, and where it stands; 404 where it was never there, 410 once."""
    found = get_object_or_404(Record.objects.with_items(), pk=record_id)
    if found.deleted_at:
        return render(request, "catalog/gone.html", {"record": found}, status=410)
    items = list(found.items.all())
    context = {
        "record": found,
        "items": items,
        "available": availability.of(items),
        "rows": _rows(found),
        "same_series": _others(found, Record.objects.in_series(found.series)),
        "same_author": _others(found, Record.objects.by_author(_first_author(found))),
        "near": _others(found, Record.objects.in_class(found.ndc)),
        "address": _address(found),
        # Inside a script no tag may begin.
        "schema": mark_safe(  # noqa: S308
            json.dumps(_schema(found), ensure_ascii=False).replace("<", "\\u003c")
        ),
    }
    return render(request, "catalog/record.html", context)


@open_page
def by_isbn(request: HttpRequest, isbn: str) -> HttpResponse:
    """Lead to the record with an ISBN, in any form of it (cross-library searches link here)."""
    number = isbn13(isbn)
    if not number:
        raise Http404
    found = Record.objects.present().filter(isbns__contains=[number]).order_by("pk").first()
    if found is None:
        raise Http404
    return redirect("catalog:record", found.pk)


@open_page
def new(request: HttpRequest) -> HttpResponse:
    """新着資料: what came last, the newest first."""
    since = timezone.now() - NEW_FOR
    newest = Record.objects.present().filter(added_at__gte=since).order_by("-added_at", "-pk")
    records = with_availability(newest.with_items()[: PER_PAGE * 2])
    context = {"records": records}
    return render(request, "catalog/new.html", context)


def _first_author(found: Record) -> str:
    return fold(found.contributors[0]["name"]) if found.contributors else ""


def _others(found: Record, records: RecordQuerySet) -> list[Record]:
    return list(records.exclude(pk=found.pk)[:NEIGHBOURS])


def _address(found: Record) -> str:
    return settings.PUBLIC_BASE_URL + reverse("catalog:record", args=[found.pk])


def _rows(found: Record) -> list[tuple[str, str]]:
    """Return what the record says, as labels and values; what it does not say is left out."""
    people = (
        beside(one["name"], *filter(None, (one.get("reading"), one.get("role"))))
        for one in found.contributors
    )
    made = gettext("（読みは機械による）") if found.reading_is_made else ""
    published = beside(*filter(None, (found.publisher, found.year)))
    rows = [
        (gettext("書名"), str(found)),
        (gettext("読み"), found.title_reading and found.title_reading + made),
        (gettext("著者など"), gettext("、").join(people)),
        (gettext("シリーズ"), found.series),
        (gettext("出版"), published),
        (gettext("ページ数・大きさ"), found.extent),
        ("ISBN", ", ".join(found.isbns)),
        (gettext("分類（NDC）"), found.ndc),
        (gettext("件名"), gettext("、").join(found.subjects)),
        (gettext("資料の種類"), found.get_material_display()),
        (gettext("本文のことば"), language_name(found.language)),
        (gettext("書誌番号"), found.control_number),
    ]
    return [(label, value) for label, value in rows if value]


def _schema(found: Record) -> dict[str, object]:
    """Describe a record in the words of https://schema.org/Book."""
    described: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Book",
        "@id": _address(found),
        "name": str(found),
    }
    optional = {
        "author": [{"@type": "Person", "name": one["name"]} for one in found.contributors],
        "publisher": found.publisher,
        "datePublished": str(found.year or ""),
        "isbn": found.isbns[0] if found.isbns else "",
        "inLanguage": found.language,
        "description": found.description,
    }
    return described | {name: value for name, value in optional.items() if value}
