"""この端末でカードを表示する: the card alone, without a login, on one phone of the patron's own.

The phone has a random key in a cookie of the card's addresses; a hash of it is stored. It ends on
the phone itself (終了する), from another device, by another phone or password, with withdrawal,
erasure, 情報秘匿 and 心当たりのない変更, and after LASTS. It opens nothing else and logs nobody in.
"""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from audit.enums import Event
from audit.services import record
from mylibrary.patron_card.models import DeviceCard
from mylibrary.security_notices import SecurityChange, tell_of_change
from patrons.models import Patron
from patrons.services import lock_for_change, user_for
from patrons.withholding.services import was_withheld

LASTS = timedelta(days=365)
KEY_LENGTH = 43


class Withheld(Exception):
    """A withheld patron's card is on no phone that others may pick up."""


@transaction.atomic
def begin(*, patron: Patron, browser: str) -> str:
    """Let a device show a patron's card, in place of any other; return its key.

    Raises PatronErased and Withheld.
    """
    locked = lock_for_change(patron=patron)
    if locked.is_withheld:
        raise Withheld
    DeviceCard.objects.filter(patron=locked).delete()
    key = secrets.token_urlsafe(32)
    DeviceCard.objects.create(
        patron=locked,
        digest=_digest(key),
        password_mark=user_for(patron=locked).get_session_auth_hash(),
        browser=browser,
        expires_at=timezone.now() + LASTS,
    )
    record(Event.DEVICE_CARD_BEGUN, patron_id=locked.pk)
    tell_of_change(patron=locked, what=SecurityChange.DEVICE_CARD)
    return key


@transaction.atomic
def end(*, patron: Patron) -> bool:
    """Let no device show a patron's card; False where none did."""
    if not DeviceCard.objects.filter(patron=patron).delete()[0]:
        return False
    record(Event.DEVICE_CARD_ENDED, patron_id=patron.pk)
    return True


def of(patron: Patron) -> DeviceCard | None:
    """Return what shows a patron's card now."""
    found = DeviceCard.objects.current().filter(patron=patron).first()
    return found if found and _is_good(found, patron) else None


def opened_by(request: HttpRequest) -> Patron | None:
    """Return whose card this browser shows without a login; None for nobody's.

    A key of 256 bits is guessed by nobody, however often it is tried.
    """
    key = request.COOKIES.get(cookie_name(), "")
    if len(key) != KEY_LENGTH or not key.isascii():
        return None
    cards = DeviceCard.objects.current().select_related("patron__user")
    found = cards.filter(digest=_digest(key)).first()
    return found.patron if found and _is_good(found, found.patron) else None


def keep(response: HttpResponse, key: str) -> None:
    """Have the browser keep its key, for the card's addresses alone."""
    response.set_cookie(
        cookie_name(),
        key,
        max_age=LASTS,
        path=reverse("mylibrary:card"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Have the browser forget its key."""
    response.delete_cookie(cookie_name(), path=reverse("mylibrary:card"), samesite="Lax")


def cookie_name() -> str:
    return "__Secure-device_card" if settings.HTTPS else "device_card"


def _is_good(card: DeviceCard, patron: Patron) -> bool:
    user: User | None = patron.user
    if user is None or not user.is_active or patron.withdrawn_at or patron.is_withheld:
        return False
    # That ends every login, and may be over since.
    if was_withheld(patron, card.created_at):
        return False
    marks = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(card.password_mark, mark) for mark in marks)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
