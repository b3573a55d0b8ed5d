"""The mail that goes to a corrected address."""

from notices.texts import Message
from patrons.enums import RegisteredVia
from patrons.models import Patron
from registration.emails import application_received


def to_corrected_address(*, patron: Patron) -> Message | None:
    """Compose the 登録申請受付メール once more, for an address it has not reached.

    None for patrons who did not register online and so never had one.
    """
    if patron.registered_via != RegisteredVia.ONLINE:
        return None
    return application_received(patron=patron)
