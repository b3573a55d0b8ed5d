"""What the identity service says: JSON that is parsed strictly, a person's claims unchanged."""

import json
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from characters.text import is_visible
from myna_auth.errors import AnswerRejected, MynaError

MAXIMUM_SUBJECT_LENGTH = 255
MAXIMUM_NAME_LENGTH = 255
MAXIMUM_ADDRESS_LENGTH = 500
EARLIEST_BIRTH_YEAR = 1850
BIRTH_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{4})([0-9]{2})([0-9]{2})")
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class VerifiedIdentity:
    """A person as verified by the identity service.

    `name` and `address` are byte for byte what was returned. `birth_date` is `YYYYMMDD`; in
    Japanese records its day, or month and day, may be unknown, which is `00`. Personal values are
    left out of `repr`, so a stray log line cannot show them.
    """

    issuer: str
    subject: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: str = field(repr=False)
    address: str = field(repr=False)


def parse_object(text: bytes | str, error: MynaError) -> dict[str, Any]:
    """Return a JSON object; raise `error` on anything else, as repeated names or NaN."""
    try:
        value = _DECODER.decode(text.decode() if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        raise error from None
    if not isinstance(value, dict):
        raise error
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _refuse(constant: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)


def parse_identity(*, issuer: str, subject: str, claims: Mapping[str, Any]) -> VerifiedIdentity:
    """Read the UserInfo claims of `subject`; raise AnswerRejected naming the claim that is wrong.

    `address` is one string, or OpenID Connect's object with `formatted` (Core 1.0, section 5.1.1).
    """
    address = claims.get("address")
    if isinstance(address, Mapping):
        address = address.get("formatted")
    return VerifiedIdentity(
        issuer=issuer,
        subject=subject,
        name=_text(claims.get("name"), "name", MAXIMUM_NAME_LENGTH),
        birth_date=parse_birth_date(claims.get("birthdate")),
        address=_text(address, "address", MAXIMUM_ADDRESS_LENGTH),
    )


def parse_birth_date(value: object) -> str:
    """Turn `YYYYMMDD` or `YYYY-MM-DD` into `YYYYMMDD`; raise AnswerRejected on anything absurd."""
    if not isinstance(value, str):
        raise AnswerRejected("claim_birthdate_missing")
    match = BIRTH_DATE.fullmatch(value)
    if match is None:
        raise AnswerRejected("claim_birthdate_form")
    digits = "".join(part for part in match.groups() if part)
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if (
        year < EARLIEST_BIRTH_YEAR
        or month > 12
        or day > (monthrange(year, month)[1] if month else 0)
        or digits > timezone.localdate().strftime("%Y%m%d")
    ):
        raise AnswerRejected("claim_birthdate_absurd")
    return digits


def check_subject(value: object) -> str:
    """Return the subject identifier (1 to 255 sound characters); raise AnswerRejected."""
    return _text(value, "sub", MAXIMUM_SUBJECT_LENGTH)


def _text(value: object, claim: str, maximum: int) -> str:
    if not isinstance(value, str) or not is_visible(value):
        raise AnswerRejected(f"claim_{claim}_missing")
    if len(value) > maximum:
        raise AnswerRejected(f"claim_{claim}_too_long")
    if "\x00" in value or SURROGATE.search(value):
        raise AnswerRejected(f"claim_{claim}_characters")
    return value
