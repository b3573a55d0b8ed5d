"""ログイン中の端末, and 続ける before a login's time is over."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Session
from accounts.services import end_all_logins, end_login, end_other_logins
from accounts.sessions import store_of
from mylibrary.access import patron_page
from mylibrary.signin.authentication import log_out
from patrons.models import Patron
from patrons.services import user_for
from ui.pages import button_of


@patron_page
def sessions(request: HttpRequest, patron: Patron) -> HttpResponse:
    """ログイン中の端末: where this patron is logged in."""
    logins = Session.objects.logins_of(user_for(patron=patron)).active(timezone.now())
    context = {
        "logins": logins,
        "own": store_of(request).login_id,
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
    }
    return render(request, "mylibrary/sessions/sessions.html", context)


@patron_page
@button_of("mylibrary:sessions")
def end(request: HttpRequest, patron: Patron) -> HttpResponse:
    """ログアウト of one device in the list."""
    try:
        login_id: UUID | None = UUID(request.POST.get("login", ""))
    except ValueError:
        login_id = None
    if login_id == store_of(request).login_id:
        return log_out(request)
    if login_id and end_login(user=user_for(patron=patron), login_id=login_id):
        messages.success(request, "選んだ端末をログアウトしました。")
    else:
        messages.info(request, "選んだ端末は、すでにログアウトしています。")
    return redirect("mylibrary:sessions")


@patron_page
@button_of("mylibrary:sessions")
def end_others(request: HttpRequest, patron: Patron) -> HttpResponse:
    """ほかの端末をすべてログアウト."""
    end_other_logins(user=user_for(patron=patron), login_id=store_of(request).login_id)
    messages.success(request, "ほかの端末をすべてログアウトしました。")
    return redirect("mylibrary:sessions")


@patron_page
@button_of("mylibrary:sessions")
def end_all(request: HttpRequest, patron: Patron) -> HttpResponse:
    """すべての端末からログアウト, this one included."""
    end_all_logins(user=user_for(patron=patron))
    return log_out(request)


@never_cache
@require_POST
def extend(request: HttpRequest) -> HttpResponse:
    """続ける: the idle time begins anew; answers with the seconds that are left."""
    session = store_of(request)
    session.extend()
    left = session.time_left
    if left is None:
        return redirect("mylibrary:login")
    return JsonResponse({"idle": left.idle, "absolute": left.absolute})
