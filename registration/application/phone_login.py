"""How a registration lets its own browser and the person's phone log in for the first time.

The browser is known to the new patron until 終了する. The phone scans the result's QR code or types
the six digits beside it. Why: docs/adr/0045-a-second-thing-at-the-first-login.md.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.throttle import is_known, remember_browser
from notices.enclosures import MailedLink
from patrons.first_login.services import end_screen_code, screen_code
from patrons.models import Patron
from registration.application.models import Application
from ui.qr_code import qr_code

# Its digest says that the link was shown by us; whether it is good still, the row says.
LINK = MailedLink("registration.phone_login", "mylibrary:login_phone")


def phone_login(application: Application) -> dict[str, str] | None:
    """Return the QR code and the digits for the phone while the result is visible, else None."""
    patron = application.patron
    if not (settings.FIRST_LOGIN_CONFIRMATION and patron and application.is_result_visible()):
        return None
    code = screen_code(patron=patron, until=application.expires_at)
    if code is None:
        return None
    return {"qr": qr_code(LINK.address(code.pk, ())), "digits": code.digits}


def end_phone_login(patron: Patron | None) -> None:
    """End what the result showed for the phone, if it showed a patron's."""
    if patron is not None:
        end_screen_code(patron=patron)


def remember_registering_browser(
    request: HttpRequest, response: HttpResponse, patron: Patron
) -> None:
    """Let the browser that registered be known to the patron: there the birth date is enough."""
    account = {"kind": "patron", "identifier": patron.number}
    if settings.FIRST_LOGIN_CONFIRMATION and not is_known(request, **account):
        remember_browser(request, response, **account)
