"""What a harvester asks for: the arguments of a list, and the tokens that go on with one.

A token holds all that is needed to go on: until when, and after which record. Nothing is kept here,
so one does not expire; a made-up one shows nothing but records.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from catalog.models import Record, RecordQuerySet

# As many as are written in a fifth of a second.
PER_PAGE = 200
FORMATS = ("oai_dc", "marc21")
_DAY, _SECOND = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")
# Format, until, microseconds and number of the record before, how many were told.
_TOKEN = re.compile(r"([a-z0-9_]+)!([^!]*)!([0-9]{1,16})!([0-9]{1,18})!([0-9]{1,9})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OaiError(Exception):
    """A request cannot be answered; `code` is the protocol's."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message


@dataclass(frozen=True, kw_only=True)
class Harvest:
    """One page of a list: a format, and the records after a place, to the end of `until`."""

    prefix: str
    after: tuple[datetime, int]
    until: str = ""
    told: int = 0

    @classmethod
    def of(cls, arguments: dict[str, str]) -> Self:
        """Return what the arguments of a list ask for; raises OaiError."""
        if token := arguments.get("resumptionToken"):
            return cls._resumed(token)
        prefix, since = arguments["metadataPrefix"], arguments.get("from", "")
        until = arguments.get("until", "")
        begin = _time(since) if since else _EPOCH
        if until and since:
            if len(since) != len(until):
                raise OaiError("badArgument", "from and until differ in granularity")
            if begin > _time(until):
                raise OaiError("badArgument", "from is later than until")
        elif until:
            _time(until)
        if "set" in arguments:
            raise OaiError("noSetHierarchy")
        check_format(prefix)
        return cls(prefix=prefix, after=(begin, 0), until=until)

    @classmethod
    def _resumed(cls, token: str) -> Self:
        found = _TOKEN.fullmatch(token)
        try:
            if not found or found[1] not in FORMATS:
                raise OaiError("badResumptionToken")
            if found[2]:
                _time(found[2])
        except OaiError:
            raise OaiError("badResumptionToken") from None
        at = _EPOCH + timedelta(microseconds=int(found[3]))
        return cls(prefix=found[1], after=(at, int(found[4])), until=found[2], told=int(found[5]))

    @property
    def records(self) -> RecordQuerySet:
        """The records of this page, and one that says whether there is another."""
        found = Record.objects.changed_after(*self.after).without_keys()
        if self.until:
            found = found.filter(updated_at__lt=_end_of(self.until))
        return found[: PER_PAGE + 1]

    def token(self, last: Record, count: int) -> str:
        """Return what goes on after a record, the last of so many."""
        at = (last.updated_at - _EPOCH) // timedelta(microseconds=1)
        return f"{self.prefix}!{self.until}!{at}!{last.pk}!{self.told + count}"


def check_format(prefix: str) -> None:
    if prefix not in FORMATS:
        raise OaiError("cannotDisseminateFormat")


def stamp(moment: datetime) -> str:
    """Return a time as the protocol writes it."""
    return moment.astimezone(UTC).strftime(_SECOND)


def _time(text: str) -> datetime:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text, _SECOND if "T" in text else _DAY).replace(tzinfo=UTC)
    except ValueError:
        raise OaiError("badArgument", "not a date of ISO 8601") from None


def _end_of(text: str) -> datetime:
    """Return when a day or second is over."""
    try:
        return _time(text) + (timedelta(seconds=1) if "T" in text else timedelta(days=1))
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
