"""What the profile says beside the record itself."""

from typing import NamedTuple

from django.db.models import Exists

from mylibrary.own_data.models import ErasureRequest
from mylibrary.reset.models import ResetStop
from patrons.models import Patron


class ProfileStatus(NamedTuple):
    """Whether a card is linked, erasure was asked for, and resets by mail are stopped."""

    linked: bool
    erasure_requested: bool
    resets_stopped: bool


def profile_status(patron: Patron) -> ProfileStatus:
    """Look all of it up in one query."""
    links = patron.identity_links.active()
    requests = ErasureRequest.objects.of_patron(patron).open()
    stops = ResetStop.objects.filter(patron=patron)
    own = Patron.objects.filter(pk=patron.pk)
    return ProfileStatus(*own.values_list(Exists(links), Exists(requests), Exists(stops)).get())
