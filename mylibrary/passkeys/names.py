"""What a new passkey is called unless its owner calls it otherwise."""

from collections.abc import Collection
from itertools import count

# In this order: Android's browsers say Linux too.
DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Androidの端末"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windowsのパソコン"),
    ("Macintosh", "Mac"),
    ("Linux", "Linuxのパソコン"),
)
OTHER = "わたしの端末"


def suggested_name(user_agent: str, taken: Collection[str]) -> str:
    """Return the kind of device a browser says it runs on, numbered where that name is taken."""
    kind = next((name for mark, name in DEVICES if mark in user_agent), OTHER)
    if kind not in taken:
        return kind
    return next(name for number in count(2) if (name := f"{kind} {number}") not in taken)
