"""読書記録: what was returned, for whoever wants that to be kept."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from circulation import history as services
from circulation.models import HistoryChoice
from mylibrary.access import patron_page
from patrons.models import Patron
from ui.pages import button_of, number_of, pager

PER_PAGE = 50


@patron_page
def history(request: HttpRequest, patron: Patron) -> HttpResponse:
    """読書記録, the last returned first; before it is switched on, what that means."""
    is_kept = HistoryChoice.objects.filter(patron=patron).exists()
    read = patron.reading_history.with_record()
    page = Paginator(read, PER_PAGE).get_page(request.GET.get("page"))
    context = {"is_kept": is_kept, "read": page, **pager(page)}
    return render(request, "mylibrary/usage/history.html", context)


@patron_page
@button_of("mylibrary:history")
def begin(request: HttpRequest, patron: Patron) -> HttpResponse:
    """読書記録を残す."""
    services.keep_history(patron=patron)
    messages.success(request, _("これから返却する資料を、読書記録に残します。"))
    return redirect("mylibrary:history")


@patron_page
def end(request: HttpRequest, patron: Patron) -> HttpResponse:
    """読書記録をやめる: asked once more, then all of it is gone."""
    if request.method != "POST":
        return _asked(request, patron, ends=True)
    services.stop_history(patron=patron)
    messages.success(request, _("読書記録をやめ、これまでの記録をすべて消しました。"))
    return redirect("mylibrary:history")


@patron_page
@button_of("mylibrary:history")
def delete(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Delete one."""
    one = number_of(request.POST.get("one", ""))
    if one and services.forget_read(patron=patron, one=one):
        messages.success(request, _("1件の記録を消しました。"))
    else:
        messages.info(request, _("この記録は、すでに消えています。"))
    return redirect("mylibrary:history")


@patron_page
def delete_all(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Delete all of it and go on keeping."""
    if request.method != "POST":
        return _asked(request, patron, ends=False)
    services.forget_read(patron=patron)
    messages.success(request, _("読書記録をすべて消しました。"))
    return redirect("mylibrary:history")


def _asked(request: HttpRequest, patron: Patron, *, ends: bool) -> HttpResponse:
    context = {"ends": ends, "count": patron.reading_history.count()}
    return render(request, "mylibrary/usage/history_end.html", context)
