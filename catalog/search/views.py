"""蔵書検索: the results, the detailed search, and the feed of a search.

Nothing of what is looked for is kept, with or without a login.
"""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, gettext

from branches.models import Branch
from catalog.models import Material, Record
from catalog.records.availability import branch_name, with_availability
from catalog.search import panel
from catalog.search.criteria import (
    LAST_PAGE,
    MOST,
    PER_PAGE,
    ROWS,
    Criteria,
    Field,
    Operator,
    Sort,
    read,
)
from catalog.search.hits import facets, find
from ui.pages import open_page


@open_page
def search(request: HttpRequest) -> HttpResponse:
    """検索結果: one page of hits with what limits them; the empty search asks for words."""
    criteria = read(request.GET)
    if criteria.is_empty:
        return render(request, "catalog/search.html", {"criteria": criteria, "nothing": True})
    hits = find(criteria)
    first = (criteria.page - 1) * PER_PAGE + 1
    context = {
        "criteria": criteria,
        "records": _in_order(hits.ids),
        "total": hits.total,
        "has_more": hits.has_more,
        "first": first,
        "last": first + len(hits.ids) - 1,
        "groups": panel.groups(criteria, facets(criteria)) if hits.ids else [],
        "limits": panel.limits(criteria),
        "sorts": [
            (sort.label, "" if sort == criteria.sort else criteria.query(sort=sort))
            for sort in Sort
        ],
        "only_available": "" if criteria.available else criteria.query(available=True),
        "previous": criteria.query(page=criteria.page - 1) if criteria.page > 1 else "",
        "next": _next(criteria, hits.total),
        "pages": max(1, -(-hits.total // PER_PAGE)),
        "feed": criteria.query(sort=Sort.ADDED),
        "most": MOST,
    }
    return render(request, "catalog/search.html", context)


@open_page
def advanced(request: HttpRequest) -> HttpResponse:
    """詳細検索: several words in several fields, and limits; what an address says is filled in."""
    criteria = read(request.GET)
    rows = [
        {
            "number": number,
            "term": criteria.terms[number - 1] if number <= len(criteria.terms) else None,
        }
        for number in range(1, ROWS + 1)
    ]
    context = {
        "criteria": criteria,
        "rows": rows,
        "fields": Field.choices,
        "operators": Operator.choices,
        "materials": Material.choices,
        "branches": [(one.code, branch_name(one)) for one in Branch.objects.listed()],
        "languages": panel.LANGUAGES.items(),
        "classes": panel.CLASSES.items(),
    }
    return render(request, "catalog/advanced.html", context)


@open_page
def feed(request: HttpRequest) -> HttpResponse:
    """The newest hits of a search as an Atom feed (RFC 4287)."""
    criteria = read(request.GET)
    address = f"{settings.PUBLIC_BASE_URL}{reverse('catalog:search')}?{criteria.query()}"
    made = Atom1Feed(
        title=gettext("蔵書検索：%s") % (criteria.simple or gettext("詳細検索")),
        link=address,
        description="",
        language=get_language(),
        feed_url=settings.PUBLIC_BASE_URL + request.get_full_path(),
    )
    if not criteria.is_empty:
        for record in _in_order(find(replace(criteria, sort=Sort.ADDED)).ids):
            link = settings.PUBLIC_BASE_URL + reverse("catalog:record", args=[record.pk])
            made.add_item(
                title=str(record),
                link=link,
                unique_id=link,
                description=record.description,
                author_name=record.authors or None,
                pubdate=record.added_at,
                updateddate=record.updated_at,
            )
    return HttpResponse(made.writeString("utf-8"), content_type=made.content_type)


def _in_order(ids: list[int]) -> list[Record]:
    found = Record.objects.with_items().in_bulk(ids)
    return with_availability(found[one] for one in ids if one in found)


def _next(criteria: Criteria, total: int) -> str:
    if criteria.page >= LAST_PAGE or criteria.page * PER_PAGE >= total:
        return ""
    return criteria.query(page=criteria.page + 1)
