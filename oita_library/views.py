"""The library's public pages, and the pages that answer when something is wrong."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from oita_library.error_pages import error_page
from oita_library.outage_page import is_outage, outage_page
from patrons import privacy_notice
from registration.application.forms import FIELDS
from registration.application.views import form_to_send_again

PAGE_CACHE_SECONDS = 60

_public_page = cache_control(public=True, max_age=PAGE_CACHE_SECONDS)


@_public_page
@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the library's home page (the manual's step 1)."""
    return render(request, "site/home.html")


@_public_page
@login_not_required
@require_safe
def manual(request: HttpRequest) -> HttpResponse:
    """Show インターネット上での利用者登録の仕方, the ten steps of the manual."""
    context = {"first_login_confirmation": settings.FIRST_LOGIN_CONFIRMATION}
    return render(request, "site/manual.html", context)


@_public_page
@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what personal information the registration uses, and for what."""
    context = {
        "privacy_notice": privacy_notice.CURRENT,
        "withdrawn_kept_days": settings.RETENTION_WITHDRAWN_DAYS,
    }
    return render(request, "site/privacy.html", context)


@_public_page
@login_not_required
@require_safe
def counter(request: HttpRequest) -> HttpResponse:
    """Show 窓口のご案内: where and when to come, and what to bring."""
    return render(request, "site/counter.html")


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be understood, or is too large, with 400."""
    staff = request.path.startswith(reverse("admin:index"))
    return error_page("admin/400.html" if staff else "400.html", 400)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a refused request with 403."""
    return error_page("403.html", 403)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form sent without its token (an old tab, blocked cookies) with 403.

    A login renews the token. The registration form of another tab comes back as it was filled in.
    """
    if _is_own_registration_form(request):
        return form_to_send_again(request)
    return error_page("403_csrf.html", 403)


def _is_own_registration_form(request: HttpRequest) -> bool:
    """Return whether a page of ours sent it, from a browser that takes our cookies."""
    own = f"{request.scheme}://{request.get_host()}"
    return (
        request.headers.get("Origin") == own
        and settings.CSRF_COOKIE_NAME in request.COOKIES
        and request.path in (reverse("registration:form"), reverse("myna:start"))
        and any(name in request.POST for name in FIELDS)
    )


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an unknown address with 404."""
    return error_page("404.html", 404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer our own fault with 500, and an unreachable database with 503 and Retry-After.

    Django calls this while the exception is being handled, so `sys.exception()` tells which.
    """
    error = sys.exception()
    if error is not None and is_outage(error):
        return outage_page(request, error)
    return error_page("500.html", 500)
