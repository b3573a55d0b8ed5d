"""カレンダー: its address for the patron, and what calendar programs get there."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from circulation.port import Unavailable, library_system
from mylibrary.access import closed_to_withheld, patron_page
from mylibrary.calendar import ics, services
from mylibrary.calendar.events import events_of, name
from patrons.models import Patron
from ui.pages import button_of

ASK_AGAIN_SECONDS = "3600"


@patron_page
@closed_to_withheld
def calendar(request: HttpRequest, patron: Patron) -> HttpResponse:
    """カレンダー: what it is, and its address where there is one."""
    feed = services.of(patron)
    address = ""
    if feed:
        path = reverse("mylibrary:calendar_feed", query={"key": services.key_of(feed)})
        address = f"{settings.PUBLIC_BASE_URL}{path}"
    return render(request, "mylibrary/calendar/calendar.html", {"feed": feed, "address": address})


@patron_page
@closed_to_withheld
@button_of("mylibrary:calendar")
def make(request: HttpRequest, patron: Patron) -> HttpResponse:
    """アドレスを作る, or another one."""
    services.make(patron=patron, has_titles="titles" in request.POST)
    messages.success(request, _("カレンダーのアドレスを作りました。"))
    return redirect("mylibrary:calendar")


@patron_page
@button_of("mylibrary:calendar")
def end(request: HttpRequest, patron: Patron) -> HttpResponse:
    """アドレスを使えなくする."""
    services.end(patron=patron)
    messages.success(request, _("カレンダーのアドレスを、使えなくしました。"))
    return redirect("mylibrary:calendar")


@login_not_required
@require_safe
@never_cache
def feed(request: HttpRequest) -> HttpResponse:
    """The calendar for programs: who has the address may read it. The key is in the query, which
    no log has. 404 for any other key; 503 while nothing is known, so that what was read stays.
    """
    found = services.opened_by(request.GET.get("key", ""))
    if found is None:
        return HttpResponse(status=404, content_type="text/plain")
    try:
        account = library_system().items(patron=found.patron)
    except Unavailable:
        return HttpResponse(
            status=503, headers={"Retry-After": ASK_AGAIN_SECONDS}, content_type="text/plain"
        )
    with override(found.patron.language or settings.LANGUAGE_CODE):
        sent = ics.calendar(name(), events_of(account, found), now=timezone.now())
    return HttpResponse(
        sent,
        content_type="text/calendar; charset=utf-8",
        headers={"X-Robots-Tag": "noindex"},
    )
