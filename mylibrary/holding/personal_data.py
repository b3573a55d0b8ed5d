"""What a patron means to hold, and where holds were fetched last: told and erased."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from mylibrary.holding.models import BasketEntry, PickupChoice
from patrons.models import Patron
from patrons.personal_data_registry import Datum, Handling, Provider, Section, column, register


def sections(patron: Patron) -> Iterator[Section]:
    """Tell the basket and the branch."""
    yield Section(
        key="hold_basket",
        title=_("予約かご"),
        records=tuple(
            (Datum("title", _("書名"), str(entry.record)), column(entry, "added_at"))
            for entry in BasketEntry.objects.of(patron).with_record()
        ),
        headings=("title",),
    )
    chosen = PickupChoice.objects.filter(patron=patron).select_related("branch")
    yield Section(
        key="pickup_choice",
        title=_("前に選んだ受取館"),
        records=tuple((Datum("branch", _("受取館"), str(one.branch)),) for one in chosen),
        headings=("branch",),
    )


def erase(patron: Patron) -> None:
    """Delete both."""
    BasketEntry.objects.of(patron).delete()
    PickupChoice.objects.filter(patron=patron).delete()


register(
    Provider(
        models={BasketEntry: Handling(), PickupChoice: Handling()}, sections=sections, erase=erase
    )
)
