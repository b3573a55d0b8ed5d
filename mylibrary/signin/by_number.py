"""Logging in whoever has typed a number and its password, and all that was asked besides."""

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.enums import LOGIN_WAY, LoginWay
from accounts.models import User
from accounts.throttle import remember_browser
from mylibrary import session
from mylibrary.access import must_choose_password, safe_next, to_password
from mylibrary.signin.start import BACKEND


def log_in_by_number(request: HttpRequest, user: User) -> HttpResponse:
    """Start the session and go on: to a password of one's own first, where there is none yet."""
    own = user.patron.has_own_password
    setattr(request, LOGIN_WAY, LoginWay.PASSWORD if own else LoginWay.BIRTH_DATE)
    session.forget(request)
    auth.login(request, user, backend=BACKEND)
    session.keep_authenticated(request)
    destination = safe_next(request)
    if must_choose_password(request, user.patron):
        destination = to_password(destination)
    response = redirect(destination)
    remember_browser(request, response, kind="patron", identifier=user.patron.number)
    return response
