"""Drawing patron numbers from their PostgreSQL sequence.

Numbers are never reused: one that is drawn and not used is lost, and one that an imported patron
has is skipped.
"""

from django.db import connection, transaction
from django.db.utils import DataError

from patrons.errors import NumberDrawn, NumbersExhausted
from patrons.models import Patron
from patrons.numbers import NumbersLeft, format_number

SEQUENCE = "patrons_patron_number_seq"
SEQUENCE_EXHAUSTED = "2200H"
LOOK_AHEAD = 1000
# Letters sort behind digits and signs in every collation.
_ADVANCE = """
WITH drawn AS (SELECT max(nextval(%s)) AS payload FROM generate_series(1, %s))
SELECT payload, ARRAY(
    SELECT number FROM patrons_patron
    WHERE number >= payload::text AND number < payload::text || 'z'
) FROM drawn
"""


def draw_number() -> str:
    """Return the next number that no patron has.

    Raises NumbersExhausted, after which a transaction must roll back to a savepoint.
    """
    payload, taken = _advance(1)
    look_ahead = LOOK_AHEAD
    while format_number(payload) in taken:
        ahead = [format_number(payload + step) for step in range(1, look_ahead)]
        given = Patron.objects.numbers_among(ahead)
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
    imported = Patron.objects.numbered_between(str(following), format_number(last))
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
        if getattr(error.__cause__, "sqlstate", None) == SEQUENCE_EXHAUSTED:
            raise NumbersExhausted from error
        raise
