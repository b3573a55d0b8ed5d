"""What time does to the rows that My Library keeps between two steps."""

from typing import NamedTuple

from django.utils import timezone

from mylibrary.models import EmailConfirmation, LinkOffer, ResetRequest


class Purged(NamedTuple):
    """How many rows of each kind were deleted."""

    offers: int
    confirmations: int
    resets: int


def purge_expired() -> Purged:
    """Delete the rows whose time is over; safe to run at any time, twice."""
    now = timezone.now()
    return Purged(
        *(
            model.objects.expired(now).delete()[0]
            for model in (LinkOffer, EmailConfirmation, ResetRequest)
        )
    )


def forget_steps() -> int:
    """Delete every such row, also those whose time is not over: after a restore, a link that was
    used once would work again."""
    kinds = (LinkOffer, EmailConfirmation, ResetRequest)
    return sum(model.objects.all().delete()[0] for model in kinds)
