"""The library's public pages, and health checks for a load balancer or container engine."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from branches import board
from catalog.meaning import client
from catalog.records import arrivals
from circulation import rankings
from mylibrary.access import must_choose_password, patron_of
from news import latest
from notices.models import Notice
from patrons.services import choose_language
from ui.languages import is_known, speak
from ui.pages import local_path, open_page

PAGE_CACHE_SECONDS = 60


def _public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a page that is the same for everybody."""
    cached = cache_control(public=True, max_age=PAGE_CACHE_SECONDS)
    return cached(login_not_required(require_safe(view)))


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the library's home page (the manual's step 1); to a patron, what a patron can do.

    Nothing on it is anybody's own but the number of messages not read yet. Whoever brings no
    session gets the same page as everybody.
    """
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    is_patron, unread = _patron_and_unread(request) if has_session else (False, 0)
    context = {
        "branches": board.shown(),
        "others": board.others(),
        "is_patron": is_patron,
        "unread": unread,
        "arrivals": arrivals.known(),
        "ranked": rankings.known(),
        "ai_search": client.available(),
        "news": latest.known(),
        "ebooks": (gettext(settings.EBOOK_LIBRARY_NAME), settings.EBOOK_LIBRARY_URL),
    }
    response = render(request, "site/home.html", context)
    if has_session:
        add_never_cache_headers(response)
    else:
        patch_cache_control(response, public=True, max_age=PAGE_CACHE_SECONDS)
    return response


def _patron_and_unread(request: HttpRequest) -> tuple[bool, int]:
    """Return whether a patron is logged in, and how many messages wait; none for who has to choose
    a password first. Nobody is logged in while the database does not answer.
    """
    try:
        patron = patron_of(request)
        if patron is None or must_choose_password(request, patron):
            return patron is not None, 0
        return True, Notice.objects.inbox_of(patron).unread().count()
    except (DatabaseError, InterfaceError):
        return False, 0


@_public_page
def manual(request: HttpRequest) -> HttpResponse:
    """Show インターネット上での利用者登録の仕方, the ten steps of the manual."""
    context = {"first_login_confirmation": settings.FIRST_LOGIN_CONFIRMATION}
    return render(request, "site/manual.html", context)


@_public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what personal information the registration uses, and for what."""
    context = {"withdrawn_kept_days": settings.RETENTION_WITHDRAWN_DAYS}
    return render(request, "site/privacy.html", context)


@_public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show アクセシビリティ: the aim (JIS X 8341-3:2016, WCAG 2.2), what is tested and what not."""
    return render(request, "site/accessibility.html")


@_public_page
def counter(request: HttpRequest) -> HttpResponse:
    """Show 窓口のご案内: where and when to come, and what to bring."""
    return render(request, "site/counter.html", {"branches": board.shown()})


# A form in a shared part of every page has no token. Another site's form brings no session cookie
# (SameSite=Lax): it changes the words that this browser shows, and nothing of a patron's.
@csrf_exempt
@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Take the choice of a language, in this browser and of whoever is logged in, and go back."""
    chosen = request.POST.get("language", "")
    if is_known(chosen):
        # Before the database is asked: should it be away, the page that says so has the language.
        speak(request, chosen)
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and (patron := patron_of(request)):
            choose_language(patron=patron, language=chosen)
    return redirect(_way_back(request))


def _way_back(request: HttpRequest) -> str:
    """Return the page on which a language was chosen, without the one that its address named."""
    here = f"//{request.get_host()}"
    named = request.POST.get("next") or request.headers.get("Referer", "").partition(here)[2]
    path, _, query = named.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("language="))
    return local_path(f"{path}?{kept}" if kept else path) or reverse("home")


@open_page
def live(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; it asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@open_page
def ready(request: HttpRequest) -> JsonResponse:
    """Tell whether the database answers and is migrated: 200, or 503 with the reason."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    if pending:
        return JsonResponse({"status": "migrations pending"}, status=503)
    return JsonResponse({"status": "ok"})
