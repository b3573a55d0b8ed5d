"""What an authenticator's response proves (WebAuthn Level 3, sections 7.1 and 7.2).

Brings py_webauthn and cryptography into the process: to be imported once a response is there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.http import urlsafe_base64_decode
from webauthn import verify_authentication_response, verify_registration_response
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
from webauthn.registration.verify_registration_response import VerifiedRegistration

from accounts.enums import PasskeyRefusal
from accounts.errors import PasskeyRefused
from accounts.models import MAXIMUM_CREDENTIAL_ID, MAXIMUM_PUBLIC_KEY
from accounts.relying_party import ALGORITHMS, origin, rp_id

SEVERAL_DEVICES = CredentialDeviceType.MULTI_DEVICE


@dataclass(frozen=True)
class NewCredential:
    """The key that was made, in the words of `Passkey`."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True)
class Use:
    """A key that was used; `sign_count` still has to be compared with the one before."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool


def verify_registration(response: Any, *, challenge: str) -> NewCredential:
    """Return the key of a response to `creation_options`; PasskeyRefused where it proves none."""
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
    if verified.credential_id != credential.raw_id or _is_too_long(verified):
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)
    return NewCredential(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=sorted({transport.value for transport in credential.response.transports or ()}),
        backup_eligible=verified.credential_device_type == SEVERAL_DEVICES,
        backed_up=verified.credential_backed_up,
    )


def read_assertion(response: Any) -> AuthenticationCredential:
    """Return a response to `request_options`, of which nothing is proved yet."""
    with _refusing(PasskeyRefusal.UNREADABLE):
        return parse_authentication_credential_json(response)


def verify_assertion(
    assertion: AuthenticationCredential, *, challenge: str, public_key: bytes
) -> Use:
    """Return what the holder of a key has signed; PasskeyRefused where it was not that key."""
    _refuse_other_frames(assertion)
    with _refusing(PasskeyRefusal.NOT_PROVED):
        verified = verify_authentication_response(
            credential=assertion,
            expected_challenge=urlsafe_base64_decode(challenge),
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            credential_public_key=public_key,
            # Compared by the caller: the library does so before it looks at the signature.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    return Use(
        sign_count=verified.new_sign_count,
        backup_eligible=verified.credential_device_type == SEVERAL_DEVICES,
        backed_up=verified.credential_backed_up,
    )


def _refuse_other_frames(credential: RegistrationCredential | AuthenticationCredential) -> None:
    with _refusing(PasskeyRefusal.UNREADABLE):
        client_data = parse_client_data_json(credential.response.client_data_json)
    if client_data.cross_origin:
        raise PasskeyRefused(PasskeyRefusal.NOT_PROVED)


def _is_too_long(verified: VerifiedRegistration) -> bool:
    return (
        len(verified.credential_id) > MAXIMUM_CREDENTIAL_ID
        or len(verified.credential_public_key) > MAXIMUM_PUBLIC_KEY
    )


@contextmanager
def _refusing(reason: PasskeyRefusal) -> Iterator[None]:
    """Refuse what the library does not accept: besides its own errors, it lets through whatever
    the parsers under it raise."""
    try:
        yield
    except Exception as error:
        raise PasskeyRefused(reason) from error
