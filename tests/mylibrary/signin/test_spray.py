"""The attack of `bench.spray`, small: fewer numbers and networks, and limits as much smaller."""

from datetime import timedelta

import pytest

from accounts import throttle
from accounts.buckets import Limit
from bench import spraying

MINUTES = 2


@pytest.fixture(autouse=True)
def _small(monkeypatch, settings, db):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]
    settings.FIRST_LOGIN_CONFIRMATION = True
    limits = {
        "OVERALL": Limit(20, timedelta(seconds=5)),
        "CEILING": Limit(60, timedelta(seconds=1)),
        "QUIET_NETWORK": Limit(2, timedelta(minutes=1)),
    }
    for name, limit in limits.items():
        monkeypatch.setattr(throttle, name, limit)
    spraying.people(300)


@pytest.mark.parametrize("one_date", [True, False])
def test_strangers_keep_nobody_out_who_has_a_right_to_get_in(one_date):
    figures = spraying.attack(
        numbers=300,
        sources=8,
        duration=timedelta(minutes=MINUTES),
        step=timedelta(seconds=30),
        one_date=one_date,
    )
    # As many as one date's bucket lets pass, or the limit over all and each network's own; what the
    # replay itself took has passed as well, and a right password gives its try back.
    passed = timedelta(minutes=MINUTES) + figures.took
    limits = [throttle.EIGHT_DIGITS]
    if not one_date:
        limits = [throttle.OVERALL, *[throttle.QUIET_NETWORK] * 8]
    at_once = sum(limit.burst for limit in limits)
    later = sum(passed / limit.interval for limit in limits)
    assert at_once <= figures.looked_at <= at_once + later + figures.right
    assert figures.right > 0
    assert figures.opened == 0
    assert figures.tries > figures.looked_at
    tried = {spraying.KNOWN: 12, spraying.STAFF_KNOWN: 4, spraying.STAFF_NEW: 4, spraying.NEW: 4}
    assert {who: figures.honest[who] for who in tried} == tried
    assert not any(figures.refused[who] for who in tried)
