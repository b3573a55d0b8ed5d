"""What several pages of My Library show."""

from typing import Any

from mylibrary.models import EmailConfirmation
from notices.texts import minute
from patrons.models import Patron


def email_state(patron: Patron) -> dict[str, Any]:
    """Return what `mylibrary/email_state.html` shows: the address to be confirmed, and its end."""
    waiting = EmailConfirmation.objects.waiting_for(patron)
    return {"waiting": waiting, "until": minute(waiting.expires_at) if waiting else ""}
