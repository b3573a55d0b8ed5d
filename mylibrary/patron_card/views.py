"""利用者カード: on the screen, on paper, and the copy a phone keeps (manual, step 10)."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from mylibrary.access import patron_page
from mylibrary.patron_card import barcode, device
from mylibrary.usage import counts
from patrons.models import Patron

# The card's service worker and its manifest (CSP Level 3, sections 6.1.13 and 6.1.8).
OFFLINE_SOURCES = {"worker-src": ["'self'"], "manifest-src": ["'self'"]}


def installable(view: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Allow the card's service worker and manifest where the library has switched them on."""
    allowing = csp_update(OFFLINE_SOURCES)(view)

    @wraps(view)
    def chosen(request: HttpRequest) -> HttpResponseBase:
        return (allowing if settings.PATRON_CARD_OFFLINE else view)(request)

    return chosen


# Also in static/js/card.js, which lets it go on.
CLOCK = _("{year}年{month}月{day}日 {hour}時{minute}分")
MONTHS = _("01 02 03 04 05 06 07 08 09 10 11 12")


@installable
@patron_page
def card(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者カード: what is shown at the counter."""
    now = timezone.localtime()
    context = {
        "patron": patron,
        "barcode": barcode.svg(patron.number),
        "counts": counts.of(patron),
        "now": now.isoformat(timespec="seconds"),
        "shown_at": on_the_card(now),
        "time_format": CLOCK,
        "months": MONTHS,
        "printable": settings.PATRON_CARD_PRINT,
        "offline": settings.PATRON_CARD_OFFLINE,
        "is_shown_here": device.opened_by(request) == patron,
    }
    return render(request, "mylibrary/patron_card/card.html", context)


@patron_page
def card_print(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者カードの印刷: as large as other cards (ISO/IEC 7810, ID-1); 404 where switched off."""
    if not settings.PATRON_CARD_PRINT:
        raise Http404
    drawn = barcode.paper_svg(patron.number)
    context = {"patron": patron, "barcode": drawn, "day": timezone.localdate()}
    return render(request, "mylibrary/patron_card/print.html", context)


@patron_page
def card_picture(request: HttpRequest, patron: Patron) -> HttpResponse:
    """The barcode as a picture to be saved; 404 where switched off, or where it cannot be drawn."""
    picture = barcode.png(patron.number) if settings.PATRON_CARD_PRINT else None
    if picture is None:
        raise Http404
    return HttpResponse(
        picture,
        content_type="image/png",
        headers={"Content-Disposition": 'attachment; filename="library-card.png"'},
    )


@patron_page
def card_offline(request: HttpRequest, patron: Patron) -> HttpResponse:
    """The copy for a phone without a network, as its service worker fetches it."""
    if not settings.PATRON_CARD_OFFLINE:
        raise Http404
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        # Somebody who opens it with a network gets the card itself.
        return redirect("mylibrary:card")
    now = on_the_card(timezone.localtime())
    context = {"patron": patron, "barcode": barcode.svg(patron.number), "confirmed_at": now}
    return render(request, "mylibrary/patron_card/offline.html", context)


@login_not_required
@require_safe
@cache_control(no_cache=True)
def card_worker(request: HttpRequest) -> HttpResponse:
    """The card's service worker; switched off, one that clears what it kept and leaves.

    Its address limits it to the card's pages.
    """
    name = "worker" if settings.PATRON_CARD_OFFLINE else "worker_off"
    return render(request, f"mylibrary/patron_card/{name}.js", content_type="text/javascript")


def on_the_card(moment: datetime) -> str:
    """Return a local time as the manual shows it on the card: 2026年03月10日 9時00分."""
    two = {name: f"{getattr(moment, name):02}" for name in ("day", "minute")}
    month = str(MONTHS).split()[moment.month - 1]
    return str(CLOCK).format(year=moment.year, month=month, hour=moment.hour, **two)
