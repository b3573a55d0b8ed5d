"""お知らせ and 図書館推奨資料 as residents read them."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from news.models import News, Published, PublishedQuerySet, Recommendation
from news.pictures import CONTENT_TYPE
from ui.kept import AN_HOUR, kept
from ui.pages import open_page, pager

NEWS_PER_PAGE = 20
RECOMMENDATIONS_PER_PAGE = 10


@open_page
def news_list(request: HttpRequest) -> HttpResponse:
    """お知らせ: the newest first, a page at a time."""
    return _list(request, "news/list.html", News.objects.current(), NEWS_PER_PAGE)


@open_page
def news(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, "news/item.html", News, pk)


@open_page
def recommendation_list(request: HttpRequest) -> HttpResponse:
    """図書館推奨資料: the newest first, a page at a time."""
    public = Recommendation.objects.current()
    return _list(request, "recommendations/list.html", public, RECOMMENDATIONS_PER_PAGE)


@open_page
def recommendation(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, "recommendations/item.html", Recommendation, pk)


@login_not_required
@require_safe
def picture(request: HttpRequest, model: type[Published], pk: int) -> HttpResponse:
    """The picture of what residents may read now; 404 for any other.

    Kept for an hour: who is on it may ask for it to be taken away.
    """
    item = get_object_or_404(model.objects.current().exclude(picture_digest=""), pk=pk)
    return kept(
        request, item.picture_digest, lambda: bytes(item.picture or b""), CONTENT_TYPE, AN_HOUR
    )


def _list(
    request: HttpRequest, template: str, items: PublishedQuerySet, per_page: int
) -> HttpResponse:
    page = Paginator(items.as_shown(), per_page).get_page(request.GET.get("page"))
    return render(request, template, {"items": page, **pager(page)})


def _one(request: HttpRequest, template: str, model: type[Published], pk: int) -> HttpResponse:
    """Show one; 404 where it is not public yet, 410 where it is not public any more."""
    item = get_object_or_404(model.objects.begun().as_shown(), pk=pk)
    if item.is_over(timezone.now()):
        return render(request, "news/over.html", status=410)
    return render(request, template, {"item": item, "picture_address": item.picture_address})
