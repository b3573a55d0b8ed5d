"""Named reads of passkeys."""

from django.db import models


class PasskeyQuerySet(models.QuerySet):
    """Passkeys."""

    def to_be_used(self, credential_id: bytes) -> "models.Model | None":
        """The passkey of an id with its user, locked for its next use; None for an unknown id."""
        found = self.filter(credential_id=credential_id).select_related("user")
        return found.select_for_update(of=("self",), no_key=True).first()
