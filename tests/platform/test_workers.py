"""gunicorn's workers, forked from a process that has loaded the site: each with what is its own."""

import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.hung_site import WORKERS, hung_site
from bench.measure import group, memory
from tests.waiting import eventually

SECONDS = 30


@pytest.fixture(scope="module")
def site():
    with hung_site() as running:
        eventually(lambda: len(workers(running)) == WORKERS, SECONDS)
        yield running


def workers(site) -> list[int]:
    return group(site.pid)[1:]


@contextmanager
def stopped(pid: int):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def assert_each_worker_serves_pages_that_ask_the_database(site) -> None:
    for other in workers(site):
        with stopped(other):
            assert [site.ask_database().status for _ in range(3)] == [302] * 3


def test_each_worker_has_connections_of_its_own(site):
    assert_each_worker_serves_pages_that_ask_the_database(site)
    assert len(list(Path(f"/proc/{site.pid}/task").iterdir())) == 1


def test_the_site_is_in_memory_once(site):
    assert_each_worker_serves_pages_that_ask_the_database(site)
    used = memory(site.pid)
    assert used.processes == 1 + WORKERS
    assert used.pss < 0.6 * used.rss


@pytest.mark.parametrize("by", [signal.SIGHUP, signal.SIGKILL])
def test_workers_that_are_new_serve_as_well(site, by):
    former = workers(site)
    for pid in [site.pid] if by == signal.SIGHUP else former:
        os.kill(pid, by)
    eventually(
        lambda: len(workers(site)) == WORKERS and not set(former) & set(workers(site)), SECONDS
    )
    eventually(lambda: site.ask("/health/live/").status == 200, SECONDS)
    assert_each_worker_serves_pages_that_ask_the_database(site)
