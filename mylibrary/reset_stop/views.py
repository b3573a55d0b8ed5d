"""心当たりのない変更: where whoever did not make a change stops new passwords by mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.sessions import store_of
from mylibrary import session
from mylibrary.access import patron_page
from mylibrary.reset_stop.models import ResetStop
from mylibrary.reset_stop.services import allow_resets, stop_resets
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from patrons import privacy_notice
from patrons.models import Patron


@leads_to_identity_service
@patron_page
def unknown_change(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Stop and allow new passwords by mail, for a patron whose card was read just now."""
    shown = session.has_read_mynumber(request)
    if request.method == "POST":
        if shown and "stop" in request.POST:
            if stop_resets(patron=patron, login_id=store_of(request).login_id):
                messages.success(request, "E-mailでのパスワードの再設定を止めました。")
        elif shown and "allow" in request.POST and allow_resets(patron=patron):
            messages.success(request, "E-mailでのパスワードの再設定を再開しました。")
        return redirect("mylibrary:unknown_change")
    context = {
        "stop": ResetStop.objects.filter(patron=patron).first(),
        "shown": shown,
        "here": request.path,
        "privacy_notice": privacy_notice.CURRENT,
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/reset_stop/unknown_change.html", context)
