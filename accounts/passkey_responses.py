"""What an authenticator's response proves (WebAuthn Level 3, sections 7.1 and 7.2).

Brings py_webauthn and cryptography into the process: to be imported once a response is there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.http import urlsafe_base64_decode
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticationCredential,
    CredentialDeviceType,
    RegistrationCredential,
)

from accounts.models import Passkey
from accounts.relying_party import ALGORITHMS, PasskeyRefusal, PasskeyRefused, origin, rp_id

SEVERAL_DEVICES = CredentialDeviceType.MULTI_DEVICE


def verify_registration(response: Any, *, challenge: str) -> Passkey:
    """Return the passkey of a response to `creation_options`, not stored, nobody's and unnamed.

    PasskeyRefused where the response proves none.
    """
    with _refusing(PasskeyRefusal.UNREADABLE):
        credential = parse_registration_credential_json(response)
    _refuse_other_frames(credential)
    with _refusing(PasskeyRefusal.NOT_PROVED):
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=urlsafe_base64_decode(challenge),
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
        )
        passkey = Passkey(
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
    return passkey


def read_assertion(response: Any) -> AuthenticationCredential:
    """Return a response to `request_options`, of which nothing is proved yet."""
    with _refusing(PasskeyRefusal.UNREADABLE):
        return parse_authentication_credential_json(response)


def verify_assertion(
    assertion: AuthenticationCredential, *, challenge: str, passkey: Passkey
) -> VerifiedAuthentication:
    """Return what the holder of a passkey has signed; PasskeyRefused where it was not that key.

    The caller compares the sign count: py_webauthn does so before it looks at the signature.
    """
    _refuse_other_frames(assertion)
    with _refusing(PasskeyRefusal.NOT_PROVED):
        verified = verify_authentication_response(
            credential=assertion,
            expected_challenge=urlsafe_base64_decode(challenge),
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    if (verified.credential_device_type == SEVERAL_DEVICES) != passkey.backup_eligible:
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)
    return verified


def _refuse_other_frames(credential: RegistrationCredential | AuthenticationCredential) -> None:
    with _refusing(PasskeyRefusal.UNREADABLE):
        client_data = parse_client_data_json(credential.response.client_data_json)
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
