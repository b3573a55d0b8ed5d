"""Who may wait for a service, and who is told at once that it is away."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from outages import breaker
from outages.breaker import SILENCES, CircuitBreaker, Refused

PLACES = 2


class NoAnswer(Exception):
    """The service is silent."""


class BadAnswer(Exception):
    """The service answers, with an error."""


@pytest.fixture
def circuit():
    return CircuitBreaker(PLACES)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(breaker, "PATIENCE_SECONDS", 0.15)


def log_in(circuit, ending=None):
    with circuit.place(silence=NoAnswer):
        if ending is not None:
            raise ending


def refused(circuit):
    """Return why a login is refused, which takes no time."""
    begun = time.monotonic()
    with pytest.raises(Refused) as caught:
        log_in(circuit)
    assert time.monotonic() - begun < 0.1
    return caught.value.reason


def open_up(circuit):
    for _ in range(SILENCES):
        with suppress(NoAnswer):
            log_in(circuit, NoAnswer)


def test_in_a_rush_everybody_gets_a_turn_and_only_a_few_at_once(circuit):
    inside, most, done = set(), [], []

    def come(number):
        with circuit.place(silence=NoAnswer):
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


SLOW_SERVICES = {
    "two answers to a login": ([0.4, 0.4], []),
    "one answer to a login, as slow as those before": ([0.8], [0.8]),
}


@pytest.mark.alone
@pytest.mark.parametrize("case", SLOW_SERVICES)
def test_nobody_is_refused_in_a_rush_to_a_sound_but_slow_service(circuit, case):
    answers, known = SLOW_SERVICES[case]
    for seconds in known:
        circuit.hear(seconds)

    def come():
        with circuit.place(silence=NoAnswer) as place:
            for seconds in answers:
                time.sleep(seconds)
                place.answered()

    # As many as a process has threads, and as many again when those are through.
    with ThreadPoolExecutor(2 * PLACES) as threads:
        rush = [threads.submit(come) for _ in range(4 * PLACES)]
    assert [login.exception() for login in rush] == [None] * 4 * PLACES


def test_each_answer_gives_new_patience(circuit, impatient, monkeypatch):
    # Long enough for a machine that is busy between two answers.
    monkeypatch.setattr(breaker, "PATIENCE_SECONDS", 1.0)

    def come():
        with circuit.place(silence=NoAnswer):
            return True

    with circuit.place(silence=NoAnswer) as place, ThreadPoolExecutor(1) as threads:
        with circuit.place(silence=NoAnswer):
            waiting = threads.submit(come)
            for _ in range(5):
                time.sleep(0.3)
                place.answered()
        assert waiting.result()


@pytest.mark.parametrize(("slowest", "patience"), [(0.0, 0.15), (0.15, 0.3), (60.0, 0.5)])
def test_who_hangs_is_waited_for_as_long_as_its_answers_took_and_not_for_ever(
    circuit, impatient, monkeypatch, slowest, patience
):
    monkeypatch.setattr(breaker, "LONGEST_PATIENCE_SECONDS", 0.5)
    for seconds in (0.01, slowest, 0.02):
        circuit.hear(seconds)

    with circuit.place(silence=NoAnswer), circuit.place(silence=NoAnswer):
        begun = time.monotonic()
        with pytest.raises(Refused, match="busy"):
            log_in(circuit)
        assert patience - 0.05 < time.monotonic() - begun < patience + 0.3
        assert refused(circuit) == "busy"


def test_one_slow_answer_is_forgotten_after_a_while(circuit, impatient):
    circuit.hear(60.0)
    for _ in range(breaker.RECENT_ANSWERS):
        circuit.hear(0.01)

    with circuit.place(silence=NoAnswer), circuit.place(silence=NoAnswer):
        time.sleep(0.2)
        assert refused(circuit) == "busy"


def test_how_long_it_hung_is_not_taken_for_how_slow_it_is(circuit, impatient):
    open_up(circuit)
    with circuit.place(silence=NoAnswer):
        circuit.hear(60.0)

    with circuit.place(silence=NoAnswer), circuit.place(silence=NoAnswer):
        time.sleep(0.2)
        assert refused(circuit) == "busy"


def test_a_silence_begins_with_the_first_login_not_with_the_next(circuit, impatient):
    log_in(circuit)
    time.sleep(0.2)
    with circuit.place(silence=NoAnswer):
        time.sleep(0.2)
        with circuit.place(silence=NoAnswer):
            assert refused(circuit) == "busy"


def test_who_waits_is_told_as_soon_as_the_circuit_opens(circuit):
    open_up(circuit)
    circuit._silent -= 1
    with ThreadPoolExecutor(1) as threads, circuit.place(silence=NoAnswer):
        with suppress(NoAnswer), circuit.place(silence=NoAnswer):
            waiting = threads.submit(log_in, circuit)
            time.sleep(0.05)
            raise NoAnswer
        begun = time.monotonic()
        assert waiting.exception().reason == "circuit_open"
        assert time.monotonic() - begun < 0.2


def test_nobody_waits_behind_a_login_that_hangs(circuit, impatient):
    with circuit.place(silence=NoAnswer), circuit.place(silence=NoAnswer):
        begun = time.monotonic()
        with pytest.raises(Refused, match="busy"):
            log_in(circuit)
        assert time.monotonic() - begun < 0.5
        assert [refused(circuit) for _ in range(3)] == ["busy"] * 3
    log_in(circuit)


def test_after_silence_one_login_tries_and_the_others_are_refused_at_once(circuit):
    open_up(circuit)

    with suppress(NoAnswer), circuit.place(silence=NoAnswer):
        assert refused(circuit) == "circuit_open"
        raise NoAnswer
    with circuit.place(silence=NoAnswer):
        assert refused(circuit) == "circuit_open"


@pytest.mark.parametrize("answer", [None, BadAnswer])
def test_any_answer_closes_the_circuit_at_once(circuit, answer):
    open_up(circuit)
    with suppress(BadAnswer):
        log_in(circuit, answer)

    with circuit.place(silence=NoAnswer):
        log_in(circuit)


def test_silence_counts_only_in_a_row_and_answers_never_do(circuit):
    for _ in range(3 * SILENCES):
        for ending in (NoAnswer, BadAnswer):
            with suppress(NoAnswer, BadAnswer):
                log_in(circuit, ending)
    for _ in range(3 * SILENCES):
        with suppress(BadAnswer):
            log_in(circuit, BadAnswer)

    with circuit.place(silence=NoAnswer):
        log_in(circuit)


def test_who_does_not_wait_for_a_place_is_refused_at_once_where_there_is_none(circuit):
    places = [circuit.take_place() for _ in range(PLACES)]
    with pytest.raises(Refused, match="busy"):
        circuit.take_place()
    for place in places:
        circuit.is_silent()
        place.leave()

    place = circuit.take_place()
    with pytest.raises(Refused, match="circuit_open"):
        circuit.take_place()
    place.leave()
    assert circuit.is_open


def test_an_answer_to_somebody_without_a_place_closes_the_circuit(circuit):
    open_up(circuit)
    begun = time.monotonic()
    assert not circuit.was_heard_since(begun)
    circuit.is_sound()
    assert circuit.was_heard_since(begun)
    with circuit.place(silence=NoAnswer):
        log_in(circuit)


def test_how_many_silences_open_the_circuit_is_the_caller_s():
    circuit = CircuitBreaker(PLACES, silences=1)
    with suppress(NoAnswer):
        log_in(circuit, NoAnswer)
    assert circuit.is_open
