"""How much a patron has borrowed, as the card shows it."""

import logging
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from patrons.models import Patron

logger = logging.getLogger("mylibrary")


class Usage(NamedTuple):
    """Numbers of items: `overdue` 延滞資料, `available` 利用可能な資料 (ready to be picked up)."""

    overdue: int
    available: int


NOTHING = Usage(overdue=0, available=0)
UsageProvider = Callable[[Patron], Usage]


def usage_of(patron: Patron) -> Usage | None:
    """Return what the card counts for a patron; None where that cannot be told at the moment.

    Asks `PATRON_USAGE_PROVIDER`, the dotted name of a callable of the application that keeps loans
    and holds. Without one nothing is lent, so there is nothing to count. A provider that fails must
    not keep anybody's card from being shown.
    """
    if not settings.PATRON_USAGE_PROVIDER:
        return NOTHING
    try:
        return _provider(settings.PATRON_USAGE_PROVIDER)(patron)
    except Exception as error:
        # Neither message nor traceback: they may name the patron.
        logger.error("usage unknown", extra={"event": "usage", "error": type(error).__name__})
        return None


@cache
def _provider(name: str) -> UsageProvider:
    return import_string(name)
