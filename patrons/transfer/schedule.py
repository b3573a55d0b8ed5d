"""When the worker writes a file for the library system: at most one in MINUTES."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from patrons.models import Patron, PatronExport
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import Exported, export_to_folder

MINUTES = 5


def export_when_due(*, now: datetime) -> Exported | None:
    """Export new and changed patrons unless this period has its file; None where nothing is due.

    `PATRON_EXPORT_FOLDER` empty: never. Errors as `export_to_folder`, and MappingRefused.
    """
    if not settings.PATRON_EXPORT_FOLDER:
        return None
    begin = period_begin(now, MINUTES)
    latest = PatronExport.objects.filter(marked__gt=0).order_by("pk").last()
    # One still to come was written by a clock that was ahead.
    if latest and begin <= latest.started_at <= now + CLOCK_SKEW:
        return None
    mapping = load_mapping(Path(settings.PATRON_EXPORT_MAPPING))
    return export_to_folder(
        folder=Path(settings.PATRON_EXPORT_FOLDER),
        patrons=Patron.objects.to_be_exported(),
        encoding=mapping.export_encoding,
        mapping=mapping,
    )


def period_begin(now: datetime, minutes: int) -> datetime:
    """Return the begin of the period that `now` is in; periods of a day begin at midnight here."""
    offset = timezone.localtime(now).utcoffset() or timedelta()
    first = datetime(1970, 1, 1, tzinfo=UTC) - offset
    return now - (now - first) % timedelta(minutes=minutes)
