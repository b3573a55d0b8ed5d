"""Downloads of the statistics."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.enums import Event
from audit.services import record
from figures.models import Count
from figures.pages import PERMISSION, download
from figures.periods import BadPeriod


@require_safe
def month_by_month(request: HttpRequest, dimension: str) -> HttpResponse:
    """Send a table of whole months; a period that cannot be read is told on the first page."""
    if not request.user.has_perm(PERMISSION):
        record(Event.STAFF_REFUSED, object_type=Count._meta.label_lower, reason="download")
        raise PermissionDenied
    try:
        name, table = download(dimension, request.GET.dict())
    except KeyError:
        raise Http404 from None
    except BadPeriod:
        return redirect(f"{reverse('admin:index')}?{request.GET.urlencode()}")
    # With a mark at the beginning: spreadsheets take it for another encoding otherwise.
    response = HttpResponse(
        table.as_csv().encode("utf-8-sig"), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
