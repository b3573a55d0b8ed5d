"""Whether mails reach a patron's address: what a mail server said to the last one.

Neither changes `updated_at`: the library system has no such thing to take over.
"""

from patrons.models import Patron


def record_bounce(*, patron_id: int, address: str) -> bool:
    """Note that an address was refused for good; False where it is not the patron's any more."""
    addressed = Patron.objects.filter(pk=patron_id).reached_at(address)
    return bool(addressed.update(bounced_email=address))


def record_delivery(*, patron_id: int, address: str) -> bool:
    """Forget that an address was refused, since a mail reached it; False where none was."""
    refused = Patron.objects.filter(pk=patron_id).refused_at(address)
    return bool(refused.update(bounced_email=""))
