"""A patron's passkeys: adding and removing, of which the patron is told, and logging in."""

from django.db import transaction

from accounts.models import Passkey
from accounts.relying_party import PasskeyRefusal, PasskeyRefused
from audit.enums import Event
from audit.services import record
from mylibrary.security_notices import SecurityChange, tell_of_change
from patrons.models import Patron
from patrons.services import lock_for_change, user_for


@transaction.atomic
def add_passkey(*, patron: Patron, response: object, challenge: str, name: str) -> Passkey:
    """Store a new passkey and tell the patron; see `accounts.passkey_services`.

    The patron is locked before the user, as in every change. Raises PatronErased.
    """
    # Keeps cryptography out of the web process until somebody has a passkey.
    from accounts.passkey_services import finish_registration

    patron = lock_for_change(patron=patron)
    passkey = finish_registration(
        user=user_for(patron=patron), response=response, challenge=challenge, name=name
    )
    _record(Event.PASSKEY_ADDED, patron, passkey.pk)
    tell_of_change(patron=patron, what=SecurityChange.PASSKEY_ADDED)
    return passkey


def rename_passkey(*, passkey: Passkey, name: str) -> None:
    """Give a passkey another name."""
    passkey.name = name
    passkey.save(update_fields=["name"])


@transaction.atomic
def remove_passkey(*, patron: Patron, passkey: Passkey) -> None:
    """Remove a passkey and tell the patron, once. Raises PatronErased."""
    patron = lock_for_change(patron=patron)
    deleted, _ = Passkey.objects.filter(pk=passkey.pk).delete()
    if deleted:
        _record(Event.PASSKEY_REMOVED, patron, passkey.pk)
        tell_of_change(patron=patron, what=SecurityChange.PASSKEY_REMOVED)


@transaction.atomic
def patron_with_passkey(*, response: object, challenge: str) -> Patron:
    """Return the active patron whose passkey an authenticator's response proves.

    Raises PasskeyRefused, also for users who are no patrons or no longer.
    """
    from accounts.passkey_services import use_passkey

    passkey = use_passkey(response=response, challenge=challenge)
    patron = getattr(passkey.user, "patron", None)
    if patron is None or patron.withdrawn_at is not None:
        raise PasskeyRefused(PasskeyRefusal.NOT_ACTIVE)
    return patron


def _record(event: Event, patron: Patron, passkey_id: int) -> None:
    record(event, patron_id=patron.pk, object_type="accounts.passkey", object_id=passkey_id)
