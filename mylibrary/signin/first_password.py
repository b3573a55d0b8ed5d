"""The page behind 今すぐパスワードを決める on the result of a registration.

Why it logs nobody in: docs/adr/0045-a-second-thing-at-the-first-login.md.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from mylibrary.access import patron_of
from mylibrary.signin.forms import NewPasswordForm
from mylibrary.signin.services import choose_password
from patrons.enums import PasswordWay
from patrons.errors import PasswordExists, PatronErased
from patrons.models import Patron
from registration.session import result_patron
from ui.pages import open_form_page


@open_form_page
@sensitive_post_parameters()
def first_password(request: HttpRequest) -> HttpResponse:
    """パスワードを決める: for whom this browser registered, while the result is visible."""
    registered = result_patron(request)
    patron = Patron.objects.with_login(registered.pk) if registered else None
    if patron is None:
        return render(
            request, "mylibrary/signin/first_password_over.html", {"chosen": False}, status=410
        )
    if patron == patron_of(request):
        # Logged in by now: that page also keeps the session.
        return redirect("mylibrary:password")
    if request.method != "POST":
        if patron.has_own_password:
            return redirect("registration:result")
        return _page(request, patron, NewPasswordForm(patron=patron))
    form = NewPasswordForm(request.POST, patron=patron)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    try:
        choose_password(
            patron=patron,
            password=form.cleaned_data["new_password"],
            first=True,
            way=PasswordWay.RESULT,
        )
    except PasswordExists:
        return render(
            request, "mylibrary/signin/first_password_over.html", {"chosen": True}, status=409
        )
    except PatronErased:
        return render(
            request, "mylibrary/signin/first_password_over.html", {"chosen": False}, status=410
        )
    return redirect("registration:result")


def _page(
    request: HttpRequest, patron: Patron, form: NewPasswordForm, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "number": patron.number}
    return render(request, "mylibrary/signin/first_password.html", context, status=status)
