"""Who may wait for the identity service, and who is told at once that it is away."""

import threading
import time
from contextlib import suppress

import pytest

from myna_auth import breaker
from myna_auth.breaker import SILENT_LOGINS, CircuitBreaker
from myna_auth.errors import AnswerRejected, NoAnswer, ProviderUnavailable

PLACES = 2


@pytest.fixture
def circuit():
    return CircuitBreaker(PLACES)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(breaker, "PATIENCE_SECONDS", 0.05)


def log_in(circuit, ending=None):
    with circuit.login():
        if ending is not None:
            raise ending


def refused(circuit):
    """Return why a login is refused, which takes no time."""
    begun = time.monotonic()
    with pytest.raises(ProviderUnavailable) as caught:
        log_in(circuit)
    assert time.monotonic() - begun < 0.04
    return caught.value.reason


def open_up(circuit):
    for _ in range(SILENT_LOGINS):
        with suppress(NoAnswer):
            log_in(circuit, NoAnswer("token_timeout"))


def test_in_a_rush_everybody_gets_a_turn_and_only_a_few_at_once(circuit):
    inside, most, done = set(), [], []

    def come(number):
        with circuit.login():
            inside.add(number)
            most.append(len(inside))
            time.sleep(0.05)
            inside.discard(number)
        done.append(number)

    threads = [threading.Thread(target=come, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == list(range(8))
    assert max(most) == PLACES


def test_nobody_waits_behind_a_login_that_hangs(circuit, impatient):
    with circuit.login(), circuit.login():
        begun = time.monotonic()
        with pytest.raises(ProviderUnavailable, match="busy"):
            log_in(circuit)
        assert time.monotonic() - begun < 0.5
        assert [refused(circuit) for _ in range(3)] == ["busy"] * 3
    log_in(circuit)


def test_after_silence_one_login_tries_and_the_others_are_refused_at_once(circuit):
    open_up(circuit)

    with suppress(NoAnswer), circuit.login():
        assert refused(circuit) == "circuit_open"
        raise NoAnswer("token_timeout")
    with circuit.login():
        assert refused(circuit) == "circuit_open"


@pytest.mark.parametrize(
    "answer",
    [None, ProviderUnavailable("token_500"), ProviderUnavailable("x_huge"), AnswerRejected("aud")],
)
def test_any_answer_closes_the_circuit_at_once(circuit, answer):
    open_up(circuit)
    with suppress(ProviderUnavailable, AnswerRejected):
        log_in(circuit, answer)

    with circuit.login():
        log_in(circuit)


def test_silence_counts_only_in_a_row_and_answers_never_do(circuit):
    for _ in range(3 * SILENT_LOGINS):
        for ending in (NoAnswer("token_timeout"), ProviderUnavailable("token_400")):
            with suppress(ProviderUnavailable):
                log_in(circuit, ending)
    for _ in range(3 * SILENT_LOGINS):
        with suppress(ProviderUnavailable):
            log_in(circuit, ProviderUnavailable("token_503"))

    with circuit.login():
        log_in(circuit)
