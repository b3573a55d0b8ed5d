"""What a diagnosis consists of: one line each, in plain words, without secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from myna_auth.diagnosis.http import Reply

REACH = "Check the address, the firewall, and whether the service is down."

# Asks with a method, an address and perhaps a form, and keeps the answer; raises NoReply.
Ask = Callable[..., Reply]


class Level(StrEnum):
    """How bad a finding is: a NOTE can wait, a PROBLEM keeps people from being identified."""

    OK = "OK"
    NOTE = "NOTE"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True)
class Finding:
    """One line of the report: what is the case and, unless it is OK, what to do."""

    level: Level
    text: str


def ok(text: str) -> Finding:
    return Finding(Level.OK, text)


def note(text: str) -> Finding:
    return Finding(Level.NOTE, text)


def problem(text: str) -> Finding:
    return Finding(Level.PROBLEM, text)


def status(reply: Reply) -> str:
    return f"HTTP {reply.status}" + (", a redirect" if 300 <= reply.status < 400 else "")


def shown(value: object) -> str:
    """Make what a stranger wrote fit for one line of a terminal."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    return clean if len(clean) <= 120 else f"{clean[:119]}…"
