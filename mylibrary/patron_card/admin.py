"""The barcode of a patron's card, for staff to print who may."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from mylibrary.patron_card import barcode
from patrons.models import Patron
from staff.base import StaffModelAdmin
from staff.roles import PRINT_CARD


class CardBarcodeTool(StaffModelAdmin):
    """What a patron's page gets: a page with the card's barcode and number, to be printed."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page and its picture."""
        view, name = self.admin_site.admin_view, "patrons_patron_barcode"
        page, picture = view(self.print_barcode), view(self.barcode_picture)
        return [
            path("<int:patron_id>/barcode/", page, name=name),
            path("<int:patron_id>/barcode/picture/", picture, name=f"{name}_picture"),
            *super().get_urls(),
        ]

    def print_barcode(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Show the picture by itself, with a button that prints it."""
        patron = self._shown_patron(request, patron_id)
        context = {"patron": patron, "can_be_drawn": barcode.symbol(patron.number) is not None}
        return TemplateResponse(request, "admin/patrons/patron/barcode.html", context)

    def barcode_picture(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """The picture; 404 where the number cannot be drawn."""
        picture = barcode.png(self._shown_patron(request, patron_id).number)
        if picture is None:
            raise Http404
        return HttpResponse(picture, content_type="image/png")

    def _shown_patron(self, request: HttpRequest, patron_id: int) -> Patron:
        if not (request.user.has_perm(PRINT_CARD) and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id))
        if patron is None or patron.erased_at:
            raise Http404
        return patron
