"""蔵書検索: the results, the detailed search, and the feed of a search.

Nothing of what is looked for is kept, with or without a login.
"""

from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import get_language, gettext

from branches.models import Branch
from catalog.models import Material
from catalog.records.availability import in_order
from catalog.search import panel
from catalog.search.criteria import (
    MAXIMUM_TYPED,
    ROWS,
    UNSAYABLE,
    Criteria,
    Field,
    Operator,
    Sort,
    Term,
    read,
    read_year,
    typed_text,
)
from catalog.search.hits import find
from catalog.search.nearest import nearest
from ui.pages import open_page


@open_page
def search(request: HttpRequest) -> HttpResponse:
    """検索結果: one page of hits with what limits them; the empty search asks for words."""
    criteria = read(request.GET)
    context = {"criteria": criteria, "misread": list(_misread(request.GET))}
    if criteria.is_empty:
        context["typed"] = typed_text(request.GET.get("q", ""))
        return render(request, "catalog/search.html", context)
    hits = find(criteria, with_facets=True)
    pages = panel.pages(hits.total)
    if criteria.page > pages:
        return redirect(f"{request.path}?{criteria.query(page=pages)}")
    context |= panel.paged(criteria, len(hits.ids), hits.total) | {
        "records": in_order(hits.ids),
        "has_more": hits.has_more,
        "groups": panel.groups(criteria, hits.facets),
        "limits": panel.limits(criteria),
        "sorts": [
            (sort.label, "" if sort == criteria.sort else criteria.query(sort=sort))
            for sort in Sort
        ],
        "only_available": "" if criteria.available else criteria.query(available=True),
        "feed": criteria.query(sort=Sort.BEST),
    }
    if not hits.ids:
        context |= _instead(criteria)
    return render(request, "catalog/search.html", context)


@open_page
def advanced(request: HttpRequest) -> HttpResponse:
    """詳細検索: several words in several fields, and limits; what an address says is filled in."""
    criteria = read(request.GET)
    languages = {code: code for code in criteria.languages} | panel.LANGUAGES
    context = {
        "criteria": criteria,
        "rows": list(enumerate(criteria.rows, start=1)),
        "fields": Field.choices,
        "operators": Operator.choices,
        "materials": Material.choices,
        "branches": [(one.code, one.shown_name) for one in Branch.objects.listed()],
        "languages": languages.items(),
        "classes": panel.class_names().items(),
        "sorts": Sort.choices,
        "longest": MAXIMUM_TYPED,
    }
    return render(request, "catalog/advanced.html", context)


@open_page
def feed(request: HttpRequest) -> HttpResponse:
    """The newest hits of a search as an Atom feed (RFC 4287)."""
    criteria = replace(read(request.GET), sort=Sort.BEST, page=1)
    base, query = settings.PUBLIC_BASE_URL, criteria.query()
    made = Atom1Feed(
        title=gettext("蔵書検索：%s") % (criteria.simple or gettext("詳細検索")),
        link=f"{base}{reverse('catalog:search')}?{query}",
        description=None,
        language=get_language(),
        author_name=gettext(settings.LIBRARY_NAME),
        feed_url=f"{base}{request.path}?{query}",
    )
    if not criteria.is_empty:
        for record in in_order(find(replace(criteria, sort=Sort.ADDED)).ids):
            made.add_item(
                title=UNSAYABLE.sub("", str(record)),
                link=record.address,
                unique_id=record.address,
                description=UNSAYABLE.sub("", escape(record.description)),
                author_name=UNSAYABLE.sub("", record.authors) or None,
                pubdate=record.added_at,
                updateddate=record.updated_at,
            )
    response = HttpResponse(made.writeString("utf-8"), content_type=made.content_type)
    response["X-Robots-Tag"] = "noindex"
    return response


def _misread(asked: QueryDict) -> Iterator[str]:
    """Yield what to do about what was typed and is not looked for."""
    texts = [asked.get("q", ""), *(asked.get(f"word{row}", "") for row in range(1, ROWS + 1))]
    if any(typed_text(text) and not Term(text=text).words for text in texts):
        yield gettext("記号だけでは検索できません。ことばや数字を入力してください。")
    years = [asked.get(name, "") for name in ("year_from", "year_to")]
    if any(year and not read_year(year) for year in years):
        yield gettext("出版年は、2013 または 昭和25 のように入力してください。")


def _instead(criteria: Criteria) -> dict[str, object]:
    """Return what may help where nothing was found: one near text, and what an ISBN looks like."""
    is_about_isbn = any(term.field == Field.ISBN and not term.isbn for term in criteria.terms)
    suggested = nearest(criteria.simple) if criteria.simple else ""
    return {
        "suggested": suggested,
        # Without the limits, with which it might not be found either.
        "suggested_query": Criteria(terms=(Term(text=suggested),)).query(),
        "is_about_isbn": is_about_isbn,
    }
