"""Keyed digests of what a page shows, so that a form sent from a stale page is recognised."""

from collections.abc import Iterable, Mapping

from django.utils.crypto import salted_hmac

FIELD = "shown"
LENGTH = 20


def mark_of(page: str, shown: Iterable[object]) -> str:
    """Return the digest of what a page of that name shows."""
    text = "\x1f".join(str(part) for part in shown)
    return salted_hmac(f"mylibrary.{page}", text, algorithm="sha256").hexdigest()[:LENGTH]


def sent_mark(sent: Mapping[str, str]) -> str:
    """Return the mark among what a form sent, "" where it sent none: that is of no page."""
    return sent.get(FIELD, "")[:LENGTH]
