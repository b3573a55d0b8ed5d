"""Until when, in the words of a notice board."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from announcements.kinds import period

JAPAN = ZoneInfo("Asia/Tokyo")


NIGHT = "12月1日（火）23時30分から12月2日（水）5時まで"
NEW_YEARS_EVE = "12月31日（木）22時から2027年1月1日（金）3時まで"


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (at(2026, 12, 1, 9), at(2026, 12, 1, 17), "12月1日（火）9時から17時まで"),
        (
            at(2026, 12, 1, 23, 30),
            at(2026, 12, 2, 5),
            NIGHT,
        ),
        (
            at(2026, 12, 31, 22),
            at(2027, 1, 1, 3),
            NEW_YEARS_EVE,
        ),
        (at(2026, 11, 30, 9), at(2026, 11, 30, 17, 5), "11月30日（月）17時05分まで"),
        (at(2026, 11, 30, 12), at(2027, 1, 4, 0), "2027年1月4日（月）0時まで"),
    ],
)
def test_a_period_says_no_more_than_is_needed(begins, ends, words):
    assert period(begins, ends, at(2026, 11, 30, 12)) == words


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (
            at(2026, 12, 1, 9),
            at(2026, 12, 1, 17, 5),
            "from 1 December (Tue), 9:00 until 17:05",
        ),
        (
            at(2026, 12, 31, 22),
            at(2027, 1, 1, 3),
            "from 31 December (Thu), 22:00 until 1 January 2027 (Fri), 3:00",
        ),
        (at(2026, 11, 30, 9), at(2026, 11, 30, 17), "until 30 November (Mon), 17:00"),
    ],
)
def test_a_period_in_english(begins, ends, words):
    with override("en"):
        assert period(begins, ends, at(2026, 11, 30, 12)) == words
