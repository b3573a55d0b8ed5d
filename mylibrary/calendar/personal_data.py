"""The calendar's address: that there is one is told, and it is erased."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from mylibrary.calendar.models import CalendarFeed
from patrons.models import Patron
from patrons.personal_data_registry import Handling, Provider, Section, column, register


def sections(patron: Patron) -> Iterator[Section]:
    """Tell since when there is one, and whether it has titles."""
    yield Section(
        key="calendar_feed",
        title=_("カレンダーのアドレス"),
        records=tuple(
            (column(one, "made_at"), column(one, "has_titles"))
            for one in CalendarFeed.objects.filter(patron=patron)
        ),
        headings=("made_at",),
    )


def erase(patron: Patron) -> None:
    """Let the address lead nowhere."""
    CalendarFeed.objects.filter(patron=patron).delete()


register(Provider(models={CalendarFeed: Handling()}, sections=sections, erase=erase))
