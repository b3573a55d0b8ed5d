"""What a new passkey is called unless its owner calls it otherwise."""

from collections.abc import Collection
from itertools import count

from ui.browsers import device_of


def suggested_name(user_agent: str, taken: Collection[str]) -> str:
    """Return the kind of device a browser says it runs on, numbered where that name is taken."""
    kind = device_of(user_agent).own_name
    if kind not in taken:
        return kind
    return next(name for number in count(2) if (name := f"{kind} {number}") not in taken)
