"""Patron numbers: a payload drawn from a PostgreSQL sequence, and its check digit.

The manual's example 8000028 is payload 800002 and a modulus 10, weight 2-1 check digit (Luhn). The
range of payloads is `PATRON_NUMBER_RANGE`, the scheme `PATRON_NUMBER_CHECK_DIGIT`. Numbers are
never reused: one that is drawn and not used is lost, one that an imported patron has is skipped.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Length
from django.db.utils import DataError
from psycopg.errors import SequenceGeneratorLimitExceeded

from patrons.models import Patron

SEQUENCE = "patrons_patron_number_seq"
LOOK_AHEAD = 1000
# Letters sort behind digits and signs in every collation.
_ADVANCE = """
WITH drawn AS (SELECT max(nextval(%s)) AS payload FROM generate_series(1, %s))
SELECT payload, ARRAY(
    SELECT number FROM patrons_patron
    WHERE number >= payload::text AND number < payload::text || 'z'
) FROM drawn
"""
NEARLY_EXHAUSTED_SHARE = 0.05
# A payload and its check digit fit the column, and the payload PostgreSQL's bigint.
MAX_PAYLOAD_DIGITS = 18


class NumbersExhausted(Exception):
    """Every number of `PATRON_NUMBER_RANGE` has been drawn."""


class NumberDrawn(Exception):
    """The number has been drawn already: the sequence never goes back."""


class NumberRange(NamedTuple):
    """First and last payload, both included."""

    first: int
    last: int


class NumbersLeft(NamedTuple):
    """How many payloads nobody has yet are left of how many."""

    left: int
    total: int

    @property
    def nearly_exhausted(self) -> bool:
        """Whether less than 5 % is left, so that staff must be told."""
        return self.left < self.total * NEARLY_EXHAUSTED_SHARE


def luhn(payload: str) -> str:
    """Return the modulus 10, weight 2-1 (split) digit of a payload's digits."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


# What `PATRON_NUMBER_CHECK_DIGIT` may be: what stands behind a payload's digits.
SCHEMES: dict[str, Callable[[str], str]] = {"none": lambda payload: "", "luhn": luhn}


def parse_range(text: str) -> NumberRange:
    """Read a range such as "800000-899999"; ValueError where it is not one.

    Both ends have as many digits, so that all numbers are of one length.
    """
    first, last = (int(part) for part in text.split("-"))
    if not 0 < first <= last:
        raise ValueError("first must be positive and not above last")
    if len(str(first)) != len(str(last)) or len(str(last)) > MAX_PAYLOAD_DIGITS:
        raise ValueError("first and last must have as many digits, at most 18")
    return NumberRange(first, last)


def format_number(payload: int) -> str:
    """Return the number of a payload with its check digit by the configured scheme."""
    return f"{payload}{SCHEMES[settings.PATRON_NUMBER_CHECK_DIGIT](str(payload))}"


def is_ours(number: str) -> bool:
    """Return whether a number is one of `PATRON_NUMBER_RANGE`, drawn or not."""
    first, last = parse_range(settings.PATRON_NUMBER_RANGE)
    digits = len(str(last))
    return _is_ours(number, digits) and first <= int(number[:digits]) <= last


def draw_number() -> str:
    """Return the next number that no patron has.

    Raises NumbersExhausted, after which a transaction must roll back to a savepoint.
    """
    payload, taken = _advance(1)
    look_ahead = LOOK_AHEAD
    while format_number(payload) in taken:
        ahead = [format_number(payload + step) for step in range(1, look_ahead)]
        given = set(Patron.objects.filter(number__in=ahead).values_list("number", flat=True))
        run = next((i for i, number in enumerate(ahead) if number not in given), len(ahead))
        # The first free number is one step behind the run of imported ones.
        payload, taken = _advance(run + 1)
        look_ahead *= 2
    return format_number(payload)


def steps_past(number: str) -> int:
    """Return by how many steps a number, whole as on a card, becomes the last one that was drawn.

    Raises ValueError where no number of ours looks like that, NumberDrawn where the sequence is
    there already, NumbersExhausted where it ends before.
    """
    following, _, last = _position()
    digits = len(str(last))
    if not _is_ours(number, digits):
        raise ValueError(number)
    payload = int(number[:digits])
    if payload < following:
        raise NumberDrawn(number)
    return checked(payload - following + 1)


def checked(steps: int) -> int:
    """Return the steps; raises NumbersExhausted where there are not so many numbers."""
    following, _, last = _position()
    if steps > last - following + 1:
        raise NumbersExhausted
    return steps


def advance_by(steps: int) -> None:
    """Let so many numbers never be given; raises NumbersExhausted where there are not so many.

    They are drawn, so whoever draws at the same time cannot make the sequence go back.
    """
    _advance(checked(steps))


def numbers_left() -> NumbersLeft:
    """Return how many numbers can still be given: those ahead that no imported patron has.

    Exact where they are few, otherwise at least so many: an imported number with another check
    digit than ours stands in nobody's way, but to see which these are takes reading them, and that
    goes no further than until enough are left.
    """
    following, first, last = _position()
    ahead, total = last - following + 1, last - first + 1
    if not ahead:
        return NumbersLeft(left=0, total=total)
    last_number = format_number(last)
    # Letters sort behind digits and signs in every collation.
    numbers = Patron.objects.filter(number__gte=str(following), number__lte=f"{last_number}z")
    imported = numbers.annotate(length=Length("number")).filter(length=len(last_number))
    left = NumbersLeft(left=ahead - imported.count(), total=total)
    if not left.nearly_exhausted:
        return left
    # In a transaction the cursor reads on as it is asked: the first of many may be enough.
    with transaction.atomic():
        for number in imported.values_list("number", flat=True).iterator():
            if not _is_ours(number, len(str(last))):
                left = left._replace(left=left.left + 1)
                if not left.nearly_exhausted:
                    break
    return left


def _position() -> tuple[int, int, int]:
    """Return the payload that is drawn next, and the first and the last there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.last_value + s.is_called::int, m.seqmin, m.seqmax"  # noqa: S608
            f" FROM {SEQUENCE} s, pg_sequence m WHERE m.seqrelid = %s::regclass",
            [SEQUENCE],
        )
        return cursor.fetchone()


def _is_ours(number: str, payload_digits: int) -> bool:
    """Return whether a number is one that is drawn, by its check digit."""
    payload = number[:payload_digits]
    return payload.isascii() and payload.isdigit() and format_number(int(payload)) == number


def _advance(steps: int) -> tuple[int, list[str]]:
    """Draw so many values; return the last, and the numbers patrons have that begin with it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ADVANCE, [SEQUENCE, steps])
            return cursor.fetchone()
    except DataError as error:
        if isinstance(error.__cause__, SequenceGeneratorLimitExceeded):
            raise NumbersExhausted from error
        raise
