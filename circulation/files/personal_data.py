"""What the library system says of a patron, and what the patron has asked of it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from circulation.files.models import LibraryRequest, PatronStanding
from patrons.models import Patron
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)


def sections(patron: Patron) -> Iterator[Section]:
    """Tell both; neither who of the staff noted an outcome nor the note."""
    standings = PatronStanding.objects.filter(patron=patron)
    yield Section(
        key="library_standing",
        title=_("貸出システムでの状態"),
        records=tuple((column(standing, "standing"),) for standing in standings),
        headings=("standing",),
    )
    asked = LibraryRequest.objects.of(patron).with_record().select_related("pickup")
    yield Section(
        key="library_requests",
        title=_("貸出システムへの申し込み"),
        records=tuple(_asked(one) for one in asked),
        headings=("act", "asked_at"),
    )


def erase(patron: Patron) -> None:
    """Delete both. A file that names the request is written anew without it."""
    LibraryRequest.objects.of(patron).delete()
    PatronStanding.objects.filter(patron=patron).delete()


def _asked(one: LibraryRequest) -> Record:
    return (
        column(one, "act"),
        Datum("title", _("書名"), str(one.record or "")),
        column(one, "item_number"),
        column(one, "hold_number"),
        Datum("pickup", _("受取館"), str(one.pickup or "")),
        column(one, "until"),
        column(one, "asked_at"),
        column(one, "written_at"),
        column(one, "settled_at"),
        column(one, "outcome"),
        column(one, "refusal"),
    )


register(
    Provider(
        models={LibraryRequest: Handling(), PatronStanding: Handling()},
        sections=sections,
        erase=erase,
    )
)
