"""Logging in a person who has proved who they are otherwise than by number and password."""

from django.contrib import auth, messages
from django.http import HttpRequest

from accounts.enums import LOGIN_WAY, LoginWay
from mylibrary import session
from myna_auth.session import start_afresh
from patrons.models import Patron
from patrons.services import user_for

BACKEND = "patrons.backends.PatronBackend"
CHOOSE_ONE = (
    "パスワードが、まだ決められていません。「パスワード変更」で決めておくと、"
    "マイナンバーカードやパスキーが使えないときもログインできます。"
)


def log_in(request: HttpRequest, patron: Patron, way: LoginWay) -> None:
    """Start a session of the patron's alone: nothing of anybody before stays in it.

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
