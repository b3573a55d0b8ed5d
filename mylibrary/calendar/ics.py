"""A patron's due dates and holds that are ready as a calendar (RFC 5545): whole days, each once."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

LONGEST_LINE = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
# Calendars ask again after so long (RFC 7986, section 5.7).
REFRESH = "PT6H"


class Event(NamedTuple):
    """Something of one day; `uid` stays the same for the same thing."""

    uid: str
    day: date
    summary: str
    description: str = ""
    location: str = ""


def calendar(name: str, events: Iterable[Event], *, now: datetime) -> bytes:
    """Return the calendar as it is sent."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Oita Citizens Library//My Library//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
    ]
    for event in events:
        lines += _event(event, now)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    # Without an end it takes that one day (section 3.6.1); the last of all days has none after it.
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"SUMMARY:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.location:
        yield f"LOCATION:{_text(event.location)}"
    # Nobody is busy because a book is due.
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(value: str) -> str:
    """Return a text as section 3.3.11 writes it, without other control characters."""
    shown = "".join(one for one in value if one == "\n" or one >= " ")
    return shown.translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """Return a line cut into LONGEST_LINE octets, never within a character (section 3.1)."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        encoded = character.encode()
        # What goes on begins with a space.
        if len(part) + len(encoded) > LONGEST_LINE - bool(parts):
            parts.append(part)
            part = b""
        part += encoded
    return b"\r\n ".join([*parts, part]) + b"\r\n"
