"""System checks: the numbers' settings and sequence, and a database that can search Japanese."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from patrons.numbers import SCHEMES, SEQUENCE, NumberRange, numbers_left, parse_range
from patrons.transfer.columns import MappingRefused, load_mapping


@register
def check_number_settings(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse a range or a check-digit scheme that cannot be used."""
    messages: list[CheckMessage] = []
    try:
        parse_range(settings.PATRON_NUMBER_RANGE)
    except ValueError:
        text = 'PATRON_NUMBER_RANGE must be two numbers of one length, like "800000-899999".'
        messages.append(Error(text, id="patrons.E001"))
    if settings.PATRON_NUMBER_CHECK_DIGIT not in SCHEMES:
        text = f"PATRON_NUMBER_CHECK_DIGIT must be one of {', '.join(SCHEMES)}."
        messages.append(Error(text, id="patrons.E002"))
    return messages


@register
def check_export_settings(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse an export to the library system that could only fail later."""
    try:
        load_mapping(Path(settings.PATRON_EXPORT_MAPPING))
    except (MappingRefused, OSError) as error:
        return [Error(f"PATRON_EXPORT_MAPPING cannot be used: {error}", id="patrons.E007")]
    return []


@register(Tags.database)
def check_database(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Compare sequence and setting, and refuse a pg_trgm that does not see Japanese.

    Runs with `migrate` and `check --database default`; silent before the first migration.
    """
    if "default" not in (databases or ()):
        return []
    return [*_check_sequence(), *_check_trigrams()]


def _check_sequence() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seqmin, seqmax FROM pg_sequence WHERE seqrelid = to_regclass(%s)", [SEQUENCE]
        )
        row = cursor.fetchone()
    if row is None:
        return []
    try:
        configured = parse_range(settings.PATRON_NUMBER_RANGE)
    except ValueError:
        return []
    if NumberRange(*row) != configured:
        return [
            Error(
                f"PATRON_NUMBER_RANGE is {settings.PATRON_NUMBER_RANGE},"
                f" but {SEQUENCE} runs from {row[0]} to {row[1]}.",
                hint=f"Set it back, or ALTER SEQUENCE {SEQUENCE} MINVALUE … MAXVALUE … RESTART …",
                id="patrons.E003",
            )
        ]
    left = numbers_left()
    if left.nearly_exhausted:
        return [Warning(f"{left.left} of {left.total} patron numbers are left.", id="patrons.W001")]
    return []


def _check_trigrams() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone() is None:
            return []
        cursor.execute("SELECT similarity('ヤマダ', 'ヤマタ') > 0")
        (sees_japanese,) = cursor.fetchone()
    if sees_japanese:
        return []
    return [
        Error(
            "The database's locale hides Japanese from pg_trgm: searches would find nothing.",
            hint="Create the database with LC_CTYPE C.UTF-8 or another UTF-8 locale, not C.",
            id="patrons.E004",
        )
    ]
