"""Setting up, using, giving up and resetting second factors of staff; all of it is recorded."""

import secrets
import unicodedata
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Passkey, User
from accounts.relying_party import PasskeyRefusal, PasskeyRefused
from accounts.second_factor import totp
from accounts.second_factor.models import AuthenticatorApp, RecoveryCode
from accounts.services import end_all_logins
from audit.enums import Event
from audit.services import record

RECOVERY_CODES = 10
# 80 bits: no hash of them can be turned back. Nothing that is mistaken for something else.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
CODE_LENGTH, GROUP = 16, 4


class FactorWay(StrEnum):
    """What a code was of, or what was set up; for the record."""

    APP = "app"
    RECOVERY_CODE = "recovery_code"


class ResetReason(StrEnum):
    """Why somebody's second factor is reset; for the record."""

    LOST = "lost"
    BROKEN = "broken"
    NEW_DEVICE = "new_device"
    SUSPECTED = "suspected"
    COMMAND = "command"


class LastFactor(Exception):
    """Without it, nothing would be left where a second factor is demanded."""


@transaction.atomic
def use_code(*, user: User, typed: str) -> FactorWay | None:
    """Take a code of the app or a recovery code, each of which opens once; None for a wrong one."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    code = _folded(typed)
    if _is_of_the_app(user, code):
        way = FactorWay.APP
    elif user.recovery_codes.filter(digest=_digest(code)).delete()[0]:
        way = FactorWay.RECOVERY_CODE
    else:
        _record(Event.SECOND_FACTOR_FAILED, user)
        return None
    _record(Event.SECOND_FACTOR_PASSED, user, way)
    return way


@transaction.atomic
def add_app(*, user: User, secret: str, typed: str) -> bool:
    """Store an app, in place of another, if it shows the right code; tell whether it does."""
    step = totp.step_of(secret=secret, code=_folded(typed), now=timezone.now())
    if step is None:
        return False
    kept = {"sealed_secret": totp.sealed(secret), "last_step": step, "created_at": timezone.now()}
    AuthenticatorApp.objects.update_or_create(user=user, defaults=kept)
    _record(Event.SECOND_FACTOR_CHANGED, user, "app_added")
    return True


@transaction.atomic
def make_recovery_codes(*, user: User) -> list[str]:
    """Return new codes, in place of those before; they can be read now and never again."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.recovery_codes.all().delete()
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(c)) for c in codes)
    _record(Event.SECOND_FACTOR_CHANGED, user, "codes_made")
    return ["-".join(c[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP)) for c in codes]


@transaction.atomic
def add_passkey(*, user: User, response: object, challenge: str, name: str) -> Passkey:
    """Store a new passkey; see `accounts.passkey_services`."""
    # Keeps cryptography out of the web process until somebody has a passkey.
    from accounts.passkey_services import finish_registration

    passkey = finish_registration(user=user, response=response, challenge=challenge, name=name)
    _record_passkey(Event.PASSKEY_ADDED, passkey.pk)
    return passkey


@transaction.atomic
def staff_with_passkey(*, response: object, challenge: str) -> User:
    """Return the member of staff whose passkey an authenticator's response proves.

    Raises PasskeyRefused, also for who is none, and for who is not to log in (no password).
    """
    from accounts.passkey_services import use_passkey

    user = use_passkey(response=response, challenge=challenge).user
    if not (user.is_staff and user.has_usable_password()):
        raise PasskeyRefused(PasskeyRefusal.NOT_ACTIVE)
    return user


@transaction.atomic
def remove_app(*, user: User) -> None:
    """Give up the app; raises LastFactor."""
    AuthenticatorApp.objects.filter(user=user).delete()
    _leave_something(user)
    _record(Event.SECOND_FACTOR_CHANGED, user, "app_removed")


@transaction.atomic
def remove_passkey(*, user: User, passkey_id: int) -> None:
    """Give up a passkey; raises LastFactor."""
    if user.passkeys.filter(pk=passkey_id).delete()[0]:
        _leave_something(user)
        _record_passkey(Event.PASSKEY_REMOVED, passkey_id)


@transaction.atomic
def reset_second_factor(*, user: User, reason: ResetReason) -> None:
    """Forget all that somebody shows besides the password, and end all their logins.

    Never of one's own: whoever has a login open and no key would get around what it protects.
    """
    AuthenticatorApp.objects.filter(user=user).delete()
    user.passkeys.all().delete()
    user.recovery_codes.all().delete()
    _record(Event.SECOND_FACTOR_RESET, user, reason)
    end_all_logins(user=user)


def _is_of_the_app(user: User, code: str) -> bool:
    app = AuthenticatorApp.objects.filter(user=user).first()
    if app is None or (secret := totp.opened(bytes(app.sealed_secret))) is None:
        return False
    step = totp.step_of(secret=secret, code=code, now=timezone.now())
    if step is None or step <= app.last_step:
        return False
    app.last_step, app.sealed_secret = step, totp.sealed(secret)
    app.save(update_fields=["last_step", "sealed_secret"])
    return True


def _leave_something(user: User) -> None:
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if stored.has_second_factor:
        return
    if settings.SECOND_FACTOR_REQUIRED:
        raise LastFactor
    stored.recovery_codes.all().delete()


def _folded(typed: str) -> str:
    """Return a code as it was shown: digits of one width, small letters, no gaps."""
    folded = unicodedata.normalize("NFKC", typed).lower()
    return "".join(character for character in folded if character.isalnum())


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def _record(event: Event, user: User, reason: Any = "") -> None:
    record(event, object_type="accounts.user", object_id=user.pk, reason=reason)


def _record_passkey(event: Event, passkey_id: int) -> None:
    record(event, object_type="accounts.passkey", object_id=passkey_id)
