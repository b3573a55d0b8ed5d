"""Proving once more who it is, where a login that was left open could do lasting harm.

A passkey of their own, another e-mail address, or a first password where there is none would keep
whoever finds an open login in for good. These need a login, or the own password once more, within
ten minutes; erasure needs the password itself or the card. A form that lay open longer comes back
with what was typed and the password's field. The birth date proves nothing beyond its own login.
"""

from django.http import HttpRequest

from accounts.services import LoginAttempt, attempt_login
from mylibrary import session
from mylibrary.signin.errors import NotReauthenticated
from mylibrary.signin.forms import MISTYPED, OwnPasswordForm
from patrons.models import Patron
from ui.pages import too_often

BY_CARD = "ご本人であることを確かめるため、マイナンバーカードでもう一度ログインしてください"


def reauthenticate(*, request: HttpRequest, patron: Patron, password: str) -> None:
    """Take the patron's own password for a proof, which is recent from now on.

    Raises NotReauthenticated with what to say. The birth date proves nothing, and no try is counted
    where nothing was typed.
    """
    if not patron.has_own_password:
        raise NotReauthenticated(BY_CARD)
    if not password:
        raise NotReauthenticated(
            str(OwnPasswordForm.base_fields["password"].error_messages["required"])
        )
    attempt = attempt_login(
        request=request, again=True, patron_number=patron.number, password=password
    )
    if attempt.user != request.user:
        raise NotReauthenticated(
            _too_often(attempt) if attempt.wait_seconds else MISTYPED, attempt.wait_seconds
        )
    session.keep_authenticated(request)


def _too_often(attempt: LoginAttempt) -> str:
    return too_often("パスワードの間違いが続いたため、受け付けを止めています", attempt.wait)
