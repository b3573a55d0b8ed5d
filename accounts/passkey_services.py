"""Adding, using, renaming and removing passkeys, for whoever may log in.

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

from accounts.enums import PasskeyRefusal
from accounts.errors import PasskeyRefused, TooManyPasskeys
from accounts.models import Passkey, User
from accounts.relying_party import creation_options

logger = logging.getLogger("accounts")

MAXIMUM_PASSKEYS = 10
HANDLE_BYTES = 32


@transaction.atomic
def begin_registration(*, user: User, user_name: str) -> dict[str, Any]:
    """Return the options for a new passkey; TooManyPasskeys where no more fit.

    `user_name` is what the device shows when it asks which passkey to use.
    """
    stored = _locked(user)
    existing = list(stored.passkeys.all())
    _refuse_too_many(existing)
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

    credential = verify_registration(response, challenge=challenge)
    stored = _locked(user)
    _refuse_too_many(stored.passkeys.all())
    try:
        with transaction.atomic():
            return Passkey.objects.create(user=stored, name=name, **vars(credential))
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.TAKEN) from None


@transaction.atomic
def use_passkey(*, response: object, challenge: str) -> Passkey:
    """Return the passkey that an authenticator's response proves, with its active user.

    Raises PasskeyRefused, for the caller to answer in the same words whatever the reason.
    """
    from accounts.passkey_responses import read_assertion, verify_assertion

    assertion = read_assertion(response)
    passkey = Passkey.objects.to_be_used(assertion.raw_id)
    if passkey is None or passkey.user.passkey_handle != assertion.response.user_handle:
        raise PasskeyRefused(PasskeyRefusal.UNKNOWN)
    use = verify_assertion(assertion, challenge=challenge, public_key=bytes(passkey.public_key))
    if use.backup_eligible != passkey.backup_eligible:
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)
    if (use.sign_count or passkey.sign_count) and use.sign_count <= passkey.sign_count:
        # Somebody may have a copy of the key (WebAuthn Level 3, section 6.1.1).
        logger.warning("passkey", extra={"event": "sign_count_went_back", "passkey": passkey.pk})
        raise PasskeyRefused(PasskeyRefusal.SIGN_COUNT)
    if not passkey.user.is_active:
        raise PasskeyRefused(PasskeyRefusal.NOT_ACTIVE)
    passkey.sign_count = use.sign_count
    passkey.backed_up = use.backed_up
    passkey.last_used_at = timezone.now()
    passkey.save(update_fields=["sign_count", "backed_up", "last_used_at"])
    return passkey


def rename_passkey(*, passkey: Passkey, name: str) -> None:
    """Give a passkey another name."""
    passkey.name = name
    passkey.save(update_fields=["name"])


def remove_passkey(*, passkey: Passkey) -> bool:
    """Remove a passkey; False where it is gone already."""
    deleted, _ = Passkey.objects.filter(pk=passkey.pk).delete()
    return bool(deleted)


def _locked(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _refuse_too_many(existing: Any) -> None:
    if len(existing) >= MAXIMUM_PASSKEYS:
        raise TooManyPasskeys
