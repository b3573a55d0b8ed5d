"""The digits of a code: a keyed digest of its row, stored nowhere.

Whoever may show or send a code draws them again from the row's random id. So they stand in no
table, no job and no log, and a mail that is sent twice has the same ones.
"""

import unicodedata
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from patrons.first_login.enums import CodeKind

LENGTHS = {CodeKind.MAIL: 6, CodeKind.SCREEN: 6, CodeKind.COUNTER: 10}
# People type the gap of a long code as they see it.
_BETWEEN = frozenset("-‐‑‒–—―−ー－ｰ")


def digits_of(row: UUID, kind: str) -> str:
    """Return the digits of a code, as they are shown or sent."""
    return _digits(row, kind, settings.SECRET_KEY)


def are_right(typed: str, row: UUID, kind: str) -> bool:
    """Compare folded digits with a code's in constant time; keys may have changed meanwhile."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(typed, _digits(row, kind, secret)) for secret in secrets)


def fold(typed: str) -> str:
    """Return what was typed as a code has it: half-width digits without blanks and hyphens."""
    return "".join(_folded(typed))


def kinds_of_length(folded: str) -> list[CodeKind]:
    """Return the kinds of code that have so many digits; none where it is not digits alone."""
    if not (folded.isascii() and folded.isdigit()):
        return []
    return [kind for kind, length in LENGTHS.items() if length == len(folded)]


def _folded(typed: str) -> Iterator[str]:
    for character in typed:
        if character.isspace() or character in _BETWEEN:
            continue
        yield unicodedata.normalize("NFKC", character)


def _digits(row: UUID, kind: str, secret: str) -> str:
    digest = salted_hmac("patrons.first_login", f"{kind}:{row.hex}", secret=secret)
    length = LENGTHS[CodeKind(kind)]
    return f"{int(digest.hexdigest(), 16) % 10**length:0{length}}"
