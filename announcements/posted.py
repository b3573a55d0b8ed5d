"""What residents read of an announcement."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from announcements.kinds import KINDS, Begun, Kind, Place
from announcements.models import Announcement
from announcements.periods import period

AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Posted:
    """An announcement as it hangs on the board, whatever becomes of its row."""

    kind_name: str
    sentence: str
    begins_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, row: Announcement) -> "Posted":
        """Return what residents read of a row, stored or not."""
        return cls(row.kind, row.sentence or KINDS[row.kind].sentence, row.begins_at, row.ends_at)

    @property
    def kind(self) -> Kind:
        return KINDS[self.kind_name]

    def has_begun(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at

    def is_ahead(self, now: datetime) -> bool:
        """Return whether it is announced before its beginning."""
        return now < self.begins_at <= now + AHEAD

    def is_shown(self, place: Place, now: datetime) -> bool:
        return place in self.kind.places and (self.has_begun(now) or self.is_ahead(now))

    def stops(self, what: Begun, now: datetime) -> bool:
        return what in self.kind.stops and self.has_begun(now)

    def title(self, now: datetime) -> str:
        """Return the announcement's one sentence that says what and until when."""
        words = self.kind.now if self.begins_at <= now else self.kind.ahead
        return words.format(period=period(self.begins_at, self.ends_at, now))
