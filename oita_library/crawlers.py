"""What search engines are told: which pages there are, and which to leave alone.

The pages of records are in the sitemap, so nobody has to follow searches to find them: each result
page leads to dozens of others, and every one of them costs a search.
"""

from collections.abc import Callable, Iterable
from datetime import UTC

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.outward import sitemap
from catalog.outward.xml import answer, node

CACHE_SECONDS = 60 * 60
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = (
    "home",
    "manual",
    "counter",
    "privacy",
    "accessibility",
    "catalog:search",
    "catalog:advanced",
    "catalog:new",
    "news:news_list",
    "news:recommendation_list",
)
# A number of a record has 63 bits.
LAST_PART = (1 << 63) // sitemap.NUMBERS_PER_PART - 1


def _for_crawlers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    cached = cache_control(public=True, max_age=CACHE_SECONDS)
    return cached(login_not_required(require_safe(view)))


@_for_crawlers
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt (RFC 9309): the empty search may be listed, results of one may not."""
    lines = ["User-agent: *"]
    for page in map(reverse, ("catalog:search", "catalog:advanced", "catalog:ai")):
        # The longer rule wins: the page in another language is no search, if no more is asked.
        lines.append(f"Disallow: {page}?")
        lines += [f"Allow: {page}?language={code}$" for code, _ in settings.LANGUAGES]
    closed = map(reverse, ("catalog:feed", "sru", "oai", "mylibrary:menu", "myna:start"))
    lines += [*(f"Disallow: {path}" for path in closed), ""]
    lines += [f"Sitemap: {settings.PUBLIC_BASE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@_for_crawlers
def index(request: HttpRequest) -> HttpResponse:
    """The sitemap of sitemaps."""
    paths = [reverse("sitemap-pages")]
    paths += [reverse("sitemap-records", args=[part]) for part in sitemap.parts()]
    return _listed("sitemapindex", "sitemap", ((path, "") for path in paths))


@_for_crawlers
def pages(request: HttpRequest) -> HttpResponse:
    """The pages that are not records."""
    return _listed("urlset", "url", ((reverse(name), "") for name in PAGES))


@_for_crawlers
def records(request: HttpRequest, part: int) -> HttpResponse:
    """The records of one part."""
    found = list(sitemap.records(part)) if part <= LAST_PART else []
    if not found:
        raise Http404
    # A thousand times slower is `reverse`.
    begin, end = reverse("catalog:record", args=[0]).split("0")
    return _listed(
        "urlset",
        "url",
        ((f"{begin}{pk}{end}", f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}") for pk, at in found),
    )


def _listed(outer: str, inner: str, listed: Iterable[tuple[str, str]]) -> HttpResponse:
    """Return addresses with the time of their last change, where there is one."""
    base = settings.PUBLIC_BASE_URL
    told = [
        node(inner, node("loc", base + path), *([node("lastmod", at)] if at else []))
        for path, at in listed
    ]
    return answer(node(outer, *told, xmlns=SITEMAPS))
