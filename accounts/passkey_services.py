"""Adding and using passkeys, for whoever may log in.

Asked for: a discoverable key, user verification always, no attestation. A device stores a random
handle and the patron number, never a name. A challenge is for one purpose, five minutes and one
answer. Refusals say the same whatever the reason and count against the address alone, since no
account is named before the proof. A signature count that does not go on is refused; authenticators
that do not count (0) are believed.
"""

import logging
import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Passkey, User
from accounts.relying_party import PasskeyRefusal, PasskeyRefused, creation_options

logger = logging.getLogger("accounts")

MAXIMUM_PASSKEYS = 10
HANDLE_BYTES = 32


class TooManyPasskeys(Exception):
    """The user has as many passkeys as a user may have."""


@transaction.atomic
def begin_registration(*, user: User, user_name: str) -> dict[str, Any]:
    """Return the options for a new passkey; TooManyPasskeys where no more fit.

    `user_name` is what the device shows when it asks which passkey to use.
    """
    stored, existing = _with_room(user)
    if stored.passkey_handle is None:
        stored.passkey_handle = secrets.token_bytes(HANDLE_BYTES)
        stored.save(update_fields=["passkey_handle"])
    user.passkey_handle = stored.passkey_handle
    return creation_options(
        user_handle=bytes(stored.passkey_handle), user_name=user_name, existing=existing
    )


@transaction.atomic
def finish_registration(*, user: User, response: object, challenge: str, name: str) -> Passkey:
    """Store the passkey of an authenticator's response.

    Raises PasskeyRefused where it proves none or somebody has the passkey already, and
    TooManyPasskeys; the caller's transaction stays usable.
    """
    # Keeps cryptography out of the web process until somebody has a passkey.
    from accounts.passkey_responses import verify_registration

    passkey = verify_registration(response, challenge=challenge)
    passkey.user, _ = _with_room(user)
    passkey.name = name
    try:
        with transaction.atomic():
            passkey.save(force_insert=True)
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.TAKEN) from None
    return passkey


@transaction.atomic
def use_passkey(*, response: object, challenge: str) -> Passkey:
    """Return the passkey that an authenticator's response proves, with its active user.

    Raises PasskeyRefused, for the caller to answer in the same words whatever the reason.
    """
    from accounts.passkey_responses import read_assertion, verify_assertion

    assertion = read_assertion(response)
    locked = Passkey.objects.select_related("user").select_for_update(of=("self",), no_key=True)
    passkey = locked.filter(credential_id=assertion.raw_id).first()
    if passkey is None or passkey.user.passkey_handle != assertion.response.user_handle:
        raise PasskeyRefused(PasskeyRefusal.UNKNOWN)
    use = verify_assertion(assertion, challenge=challenge, passkey=passkey)
    if (use.new_sign_count or passkey.sign_count) and use.new_sign_count <= passkey.sign_count:
        # Somebody may have a copy of the key (WebAuthn Level 3, section 6.1.1).
        logger.warning("passkey", extra={"event": "sign_count_went_back", "passkey": passkey.pk})
        raise PasskeyRefused(PasskeyRefusal.SIGN_COUNT)
    if not passkey.user.is_active:
        raise PasskeyRefused(PasskeyRefusal.NOT_ACTIVE)
    passkey.sign_count = use.new_sign_count
    passkey.backed_up = use.credential_backed_up
    passkey.last_used_at = timezone.now()
    passkey.save(update_fields=["sign_count", "backed_up", "last_used_at"])
    return passkey


def _with_room(user: User) -> tuple[User, list[Passkey]]:
    """Return the user, locked, with the passkeys so far; TooManyPasskeys where no more fit."""
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    existing = list(stored.passkeys.all())
    if len(existing) >= MAXIMUM_PASSKEYS:
        raise TooManyPasskeys
    return stored, existing
