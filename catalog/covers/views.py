"""A cover as a picture of its own."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from catalog.covers import drawing
from catalog.models import Record
from ui.kept import kept


@login_not_required
@require_safe
def cover(request: HttpRequest, record_id: int) -> HttpResponse:
    """Draw what stands in a record's title, its first contributor and its class."""
    records = Record.objects.present().only("title", "volume", "contributors", "ndc")
    face = get_object_or_404(records, pk=record_id).face
    return kept(request, drawing.digest(face), lambda: drawing.draw(face), "image/svg+xml")
