"""The device that shows a patron's card: told and erased."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from mylibrary.patron_card.models import DeviceCard
from patrons.models import Patron
from patrons.personal_data_registry import Handling, Provider, Section, column, register


def sections(patron: Patron) -> Iterator[Section]:
    """Tell since when it may, until when, and what kind of device it is."""
    yield Section(
        key="device_card",
        title=_("利用者カードを表示する端末"),
        records=tuple(
            tuple(column(one, name) for name in ("browser", "created_at", "expires_at"))
            for one in DeviceCard.objects.filter(patron=patron)
        ),
        headings=("created_at",),
    )


def erase(patron: Patron) -> None:
    """End it."""
    DeviceCard.objects.filter(patron=patron).delete()


register(Provider(models={DeviceCard: Handling()}, sections=sections, erase=erase))
