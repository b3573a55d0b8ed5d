"""The card on a phone that shows it without a login, and its beginning and end."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.sessions import store_of
from mylibrary.access import AT_THE_COUNTER, patron_page
from mylibrary.patron_card import barcode, device, views
from patrons.models import Patron
from ui.browsers import marks_of
from ui.pages import button_of, open_form_page


@open_form_page
def card(request: HttpRequest) -> HttpResponse:
    """利用者カード: of who is logged in, or alone on the phone that may show it."""
    if request.user.is_authenticated:
        return views.card(request)
    patron = device.opened_by(request)
    if patron is None:
        response = redirect_to_login(request.get_full_path())
        if ended := store_of(request).ended:
            response["Location"] += f"&{urlencode({'ended': ended})}"
        return response
    context = {"patron": patron, "barcode": barcode.svg(patron.number)}
    return render(request, "mylibrary/patron_card/alone.html", context)


@patron_page
@button_of("mylibrary:card")
def begin(request: HttpRequest, patron: Patron) -> HttpResponse:
    """この端末でカードを表示する."""
    response = redirect("mylibrary:card")
    try:
        key = device.begin(patron=patron, browser=marks_of(request.headers.get("User-Agent", "")))
    except device.Withheld:
        messages.info(request, AT_THE_COUNTER)
        return response
    device.keep(response, key)
    messages.success(
        request, _("この端末では、ログインしなくても、この画面で利用者カードを表示できます。")
    )
    return response


@open_form_page
@button_of("mylibrary:card")
def end_here(request: HttpRequest) -> HttpResponse:
    """終了する, on the phone itself, logged in or not."""
    if patron := device.opened_by(request):
        device.end(patron=patron)
    response = render(request, "mylibrary/patron_card/ended.html")
    device.forget(response)
    return response


@patron_page
@button_of("mylibrary:sessions")
def end_elsewhere(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Ended from another device, as when the phone is lost."""
    if device.end(patron=patron):
        messages.success(request, _("利用者カードの表示を終了しました。"))
    else:
        messages.info(request, _("利用者カードの表示は、すでに終了しています。"))
    return redirect("mylibrary:sessions")
