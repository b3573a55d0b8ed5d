"""Beginning a login, and proving once more who it is where one left open could do lasting harm.

A passkey of their own, another e-mail address, or a first password where there is none would keep
whoever finds an open login in for good. These need a login, or the own password once more, within
ten minutes; erasure needs the password itself or the card. A form that lay open longer comes back
with what was typed and the password's field. The birth date proves nothing beyond its own login.
"""

from datetime import timedelta
from typing import Any

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import LOGIN_WAY, LoginWay, attempt_login, clear_browser_storage
from accounts.throttle import remember_browser
from characters.text import StrOrPromise
from mylibrary import session
from mylibrary.access import must_choose_password, safe_next, to_password
from mylibrary.bookshelf import wanted
from mylibrary.signin.forms import MISTYPED, NOTHING_TYPED
from myna_auth.session import start_afresh
from patrons.models import Patron
from patrons.services import choose_language, user_for
from ui.languages import speak
from ui.pages import too_often

BACKEND = "patrons.backends.PatronBackend"
BY_CARD = _("ご本人であることを確かめるため、マイナンバーカードでもう一度ログインしてください")
CHOOSE_ONE = _(
    "パスワードが、まだ決められていません。「パスワード変更」で決めておくと、"
    "マイナンバーカードやパスキーが使えないときもログインできます。"
)


class NotReauthenticated(Exception):
    """It was not proved who it is; `message`, without a full stop, says what to do."""

    def __init__(self, message: StrOrPromise, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.wait = wait

    @property
    def status(self) -> int:
        """The status of a page that says so."""
        return 429 if self.wait else 422


def log_in(request: HttpRequest, patron: Patron, way: LoginWay) -> None:
    """Start a session for whoever has shown the card or a passkey: nothing of before stays in it.

    The patron need not choose a password now, only hears once that one can be chosen.
    """
    user = user_for(patron=patron)
    start_afresh(request)
    setattr(request, LOGIN_WAY, way)
    auth.login(request, user, backend=BACKEND)
    session.keep_strong_login(request)
    if way is LoginWay.CARD:
        session.keep_mynumber_read(request)
    if not patron.has_own_password:
        messages.info(request, CHOOSE_ONE)


def log_in_by_number(request: HttpRequest, user: User) -> HttpResponse:
    """Start a session after number and password; choosing an own password comes first."""
    own = user.patron.has_own_password
    setattr(request, LOGIN_WAY, LoginWay.PASSWORD if own else LoginWay.BIRTH_DATE)
    session.forget(request)
    auth.login(request, user, backend=BACKEND)
    session.keep_authenticated(request)
    destination = safe_next(request)
    if must_choose_password(request, user.patron):
        destination = to_password(destination)
    else:
        wanted.fulfil(patron=user.patron, path=destination)
    return lead_on(request, user.patron, destination)


def lead_on(request: HttpRequest, patron: Patron, to: str) -> HttpResponse:
    """Go on after a login, in a browser that the patron's number knows from now on."""
    response = redirect(to)
    remember_browser(request, response, kind="patron", identifier=patron.number)
    return response


def log_out(request: HttpRequest) -> HttpResponse:
    """End this login and say so."""
    auth.logout(request)
    return clear_browser_storage(render(request, "mylibrary/signin/logged_out.html"))


def reauthenticate(*, request: HttpRequest, patron: Patron, password: str) -> None:
    """Take the own password for a proof, recent from now on; raises NotReauthenticated."""
    if not patron.has_own_password:
        raise NotReauthenticated(BY_CARD)
    if not password:
        raise NotReauthenticated(NOTHING_TYPED)
    attempt = attempt_login(
        request=request, again=True, patron_number=patron.number, password=password
    )
    if attempt.wait:
        what = gettext("パスワードの間違いが続いたため、受け付けを止めています")
        raise NotReauthenticated(too_often(what, attempt.wait), attempt.wait)
    if attempt.user != request.user:
        raise NotReauthenticated(MISTYPED)
    session.keep_authenticated(request)


def follow_patron(*, request: HttpRequest, user: User, **_: Any) -> None:
    """After a login, go on in the language the patron once chose; without one, take this one."""
    patron = None if user.is_staff else getattr(user, "patron", None)
    if patron is None:
        return
    if patron.language:
        speak(request, patron.language)
    else:
        choose_language(patron=patron, language=get_language())
