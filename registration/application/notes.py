"""Calm lines above the form that say what happened and how to go on."""

from enum import StrEnum


class Note(StrEnum):
    """Which line; `templates/registration/application/note.html` has the sentences."""

    IDENTIFY_FIRST = "identify_first"
    TIMED_OUT = "timed_out"
    CHANGED = "changed"
    SEND_AGAIN = "send_again"
    TOO_OFTEN = "too_often"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"
    REJECTED = "rejected"


INTERRUPTIONS = {
    "cancelled": Note.CANCELLED,
    "unavailable": Note.UNAVAILABLE,
    "expired": Note.EXPIRED,
}


def interruption_note(reason: str) -> Note | None:
    """Return the line for an identification that was interrupted; "" means that none was."""
    return INTERRUPTIONS.get(reason, Note.REJECTED) if reason else None
