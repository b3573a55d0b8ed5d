"""Adding and using passkeys: what an authenticator's response proves, and what comes of it.

WebAuthn Level 3, sections 7.1 and 7.2. Brings py_webauthn and cryptography into the process: to be
imported once a response is there.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import CredentialDeviceType

from accounts.models import Passkey, User
from accounts.relying_party import (
    ALGORITHMS,
    PasskeyRefusal,
    PasskeyRefused,
    origin,
    rp_id,
    user_with_room,
)

logger = logging.getLogger("accounts")

SEVERAL_DEVICES = CredentialDeviceType.MULTI_DEVICE


@transaction.atomic
def finish_registration(*, user: User, response: Any, challenge: str, name: str) -> Passkey:
    """Store the passkey of an authenticator's response.

    Raises PasskeyRefused where it proves none or somebody has the passkey already, and
    TooManyPasskeys; the caller's transaction stays usable.
    """
    with _refusing(PasskeyRefusal.UNREADABLE):
        credential = parse_registration_credential_json(response)
    _refuse_other_frames(credential.response.client_data_json)
    with _refusing(PasskeyRefusal.NOT_PROVED):
        verified = verify_registration_response(
            credential=credential,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
            **_expected(challenge),
        )
        passkey = Passkey(
            name=name,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            transports=sorted({one.value for one in credential.response.transports or ()}),
            backup_eligible=verified.credential_device_type == SEVERAL_DEVICES,
            backed_up=verified.credential_backed_up,
        )
        # Refuses an identifier or a key that is too long.
        passkey.clean_fields(exclude={"user", "name", "transports"})
    if verified.credential_id != credential.raw_id:
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)
    passkey.user, _ = user_with_room(user)
    try:
        with transaction.atomic():
            passkey.save(force_insert=True)
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.TAKEN) from None
    return passkey


@transaction.atomic
def use_passkey(*, response: Any, challenge: str) -> Passkey:
    """Return the passkey that an authenticator's response proves, with its active user.

    Raises PasskeyRefused, for the caller to answer in the same words whatever the reason. A
    signature count that does not go on is refused; authenticators that do not count (0) are
    believed.
    """
    with _refusing(PasskeyRefusal.UNREADABLE):
        assertion = parse_authentication_credential_json(response)
    locked = Passkey.objects.select_related("user").select_for_update(of=("self",), no_key=True)
    passkey = locked.filter(credential_id=assertion.raw_id).first()
    if passkey is None or passkey.user.passkey_handle != assertion.response.user_handle:
        raise PasskeyRefused(PasskeyRefusal.UNKNOWN)
    _refuse_other_frames(assertion.response.client_data_json)
    with _refusing(PasskeyRefusal.NOT_PROVED):
        use = verify_authentication_response(
            credential=assertion,
            credential_public_key=bytes(passkey.public_key),
            # Compared below: the library does so before it looks at the signature.
            credential_current_sign_count=0,
            **_expected(challenge),
        )
    if (use.credential_device_type == SEVERAL_DEVICES) != passkey.backup_eligible:
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)
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


def _expected(challenge: str) -> dict[str, Any]:
    return {
        "expected_challenge": urlsafe_base64_decode(challenge),
        "expected_rp_id": rp_id(),
        "expected_origin": origin(),
        "require_user_verification": True,
    }


def _refuse_other_frames(client_data_json: bytes) -> None:
    with _refusing(PasskeyRefusal.UNREADABLE):
        client_data = parse_client_data_json(client_data_json)
    if client_data.cross_origin:
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)


@contextmanager
def _refusing(reason: PasskeyRefusal) -> Iterator[None]:
    """Refuse what the library does not accept: besides its own errors, it lets through whatever
    the parsers under it raise."""
    try:
        yield
    except Exception as error:
        raise PasskeyRefused(reason) from error
