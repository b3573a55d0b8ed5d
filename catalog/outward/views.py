"""SRU at `/sru` and OAI-PMH at `/oai`, by GET or POST, for everybody."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from catalog.importing.publishing import settled_at
from catalog.outward.oai import harvested
from catalog.outward.sru import searched
from catalog.outward.xml import answer

RETRY_SECONDS = 60


def _for_programs(view: Callable[[QueryDict], HttpResponse]) -> Callable[..., HttpResponse]:
    def asked(request: HttpRequest) -> HttpResponse:
        return view(request.POST if request.method == "POST" else request.GET)

    methods = require_http_methods(["GET", "HEAD", "POST"])
    return csrf_exempt(login_not_required(never_cache(methods(asked))))


@_for_programs
def sru(asked: QueryDict) -> HttpResponse:
    """Answer one operation; whatever is wrong with it is told as a diagnostic."""
    return answer(searched(asked))


@_for_programs
def oai(asked: QueryDict) -> HttpResponse:
    """Answer one request; a list with 503, and how long to wait, while an import is committed."""
    # Before anything is looked up.
    now = settled_at()
    if now is None and asked.get("verb", "").startswith("List"):
        response = HttpResponse("An import is just ending.", status=503, content_type="text/plain")
        response["Retry-After"] = RETRY_SECONDS
        return response
    return answer(harvested(asked, now or timezone.now()))
