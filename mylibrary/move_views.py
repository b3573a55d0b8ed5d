"""What a patron confirms after the card showed a new name or address."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from mylibrary.access import patron_page
from mylibrary.move_forms import OutdatedForm
from patrons.models import Patron
from patrons.move_services import confirm_typed


@patron_page
def moved(request: HttpRequest, patron: Patron) -> HttpResponse:
    """郵便番号とカタカナを確かめてください: what a move made outdated and no card tells."""
    if not (patron.kana_outdated or patron.postal_code_outdated):
        return redirect("mylibrary:profile")
    if request.method != "POST":
        return _page(request, patron, OutdatedForm(patron=patron))
    form = OutdatedForm(request.POST, patron=patron)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    confirm_typed(patron=patron, **form.confirmed())
    messages.success(request, "利用者情報を変更しました。")
    return redirect("mylibrary:profile")


def _page(
    request: HttpRequest, patron: Patron, form: OutdatedForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "patron": patron,
        "form": form,
        "postal_code_to_confirm": form.postal_code_to_confirm,
    }
    return render(request, "mylibrary/moved.html", context, status=status)
