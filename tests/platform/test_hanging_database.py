"""A database that hangs, or keeps a lock: who needs it is told, the rest of the site goes on."""

import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlencode

import psycopg
import pytest

from bench.hung_site import THREADS, WORKERS, hung_site
from tests.waiting import eventually

PUBLIC = ("/", "/manual/", "/privacy/", "/counter/", "/health/live/")
OUTAGE = "ただいま混み合っているか、点検中です"
NOTHING_DONE = "今の操作では、何も登録、変更されていません。"
# What the design allows is 5 s; the rest is for a machine that does other work.
SECONDS = 15
TOKEN = "a" * 32
CROWD = 3 * WORKERS * THREADS


@pytest.fixture(scope="module")
def site():
    with hung_site() as running:
        yield running


@pytest.fixture(autouse=True)
def _sound_again(site):
    yield
    eventually(lambda: everybody_works(site), SECONDS)


def works(site) -> bool:
    return {site.ask_database().status for _ in range(2 * WORKERS)} == {302}


def everybody_works(site) -> bool:
    with ThreadPoolExecutor(CROWD) as visitors:
        answers = visitors.map(lambda _: site.ask_database().status, range(4 * CROWD))
        return set(answers) == {302}


def assert_outage(answer) -> None:
    assert answer.status == 503
    assert OUTAGE in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert answer.seconds < SECONDS


def press(site, path: str, **fields: str):
    body = urlencode({"csrfmiddlewaretoken": TOKEN} | fields)
    cookies = f"csrftoken={TOKEN}; sessionid={secrets.token_hex(16)}"
    return site.ask(
        path, method="POST", body=body, Cookie=cookies, Origin=f"http://localhost:{site.port}"
    )


@contextmanager
def crowd(site):
    """Keep asking for pages that need the database, and yield the answers' list."""
    over, answers = [], []

    def visit() -> None:
        while not over:
            answers.append(site.ask_database())

    with ThreadPoolExecutor(CROWD) as visitors:
        visits = [visitors.submit(visit) for _ in range(CROWD)]
        try:
            yield answers
        finally:
            over.append(True)
    for done in visits:
        done.result()


def assert_public_pages_answer(site) -> None:
    cookie = f"sessionid={secrets.token_hex(16)}"
    answers = [site.ask(path, Cookie=cookie) for path in PUBLIC for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * len(answers)
    assert max(answer.seconds for answer in answers) < SECONDS


def test_a_stopped_server_takes_no_page_with_it_that_does_not_need_it(site):
    with site.outage(), crowd(site) as answers:
        eventually(lambda: answers, SECONDS)
        assert_public_pages_answer(site)
        assert site.ask("/health/ready/").status == 503
    for answer in answers:
        # Those under way when the server went on were answered.
        assert answer.status == 302 or not assert_outage(answer)
    assert Counter(answer.status for answer in answers)[503] > CROWD


def test_a_server_that_goes_on_is_used_again_by_every_process_and_thread(site):
    with site.outage(), ThreadPoolExecutor(CROWD) as visitors:
        answers = list(visitors.map(lambda _: site.ask_database(), range(CROWD)))
        assert {answer.status for answer in answers} == {503}
    # Each process finds out by itself, with one request at a time.
    eventually(lambda: everybody_works(site), SECONDS)


def test_a_connection_that_was_cut_is_replaced_before_anybody_gets_it(site):
    with ThreadPoolExecutor(CROWD) as visitors:
        list(visitors.map(lambda _: site.ask_database(), range(CROWD)))
    with psycopg.connect(site.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert works(site)


@pytest.fixture
def locked(site):
    """Hold what a login has to write against everybody, as a long migration does."""
    with psycopg.connect(site.url) as other:
        other.execute("LOCK TABLE accounts_loginbucket IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def log_in(site):
    return press(site, "/mylibrary/login/", username="8000028", password="20130720")


def test_who_needs_a_locked_table_is_told_and_who_does_not_is_served(site, locked):
    with ThreadPoolExecutor(CROWD) as visitors:
        waiting = [visitors.submit(log_in, site) for _ in range(CROWD)]
        time.sleep(0.3)
        assert_public_pages_answer(site)
        # Half of the threads may wait for the lock; the others read sessions meanwhile.
        seen = [site.ask_database().status for _ in range(10)]
        assert seen == [302] * 10
        told = [answer.result() for answer in waiting]
    for answer in told:
        assert_outage(answer)
    assert any(NOTHING_DONE in answer.text for answer in told)


def test_what_was_typed_is_sent_again_with_one_press_but_no_password(site):
    with site.outage():
        typed = press(site, "/myna/start/", purpose="registration", last_name_kana="オオイタ<")
        login = log_in(site)
    assert_outage(typed)
    assert '<form id="again" method="post" action="/myna/start/">' in typed.text
    assert 'name="last_name_kana" value="オオイタ&lt;"' in typed.text
    assert "もう一度送る" in typed.text
    assert_outage(login)
    assert "20130720" not in login.text
    assert "8000028" not in login.text
    assert "もう一度送る" not in login.text


def test_a_web_process_tells_the_server_its_limits(site):
    works(site)
    with psycopg.connect(site.url) as other:
        other.execute("LOCK TABLE accounts_session IN ACCESS EXCLUSIVE MODE")
        answer = site.ask_database()
        other.rollback()
    assert_outage(answer)
    assert '"sqlstate": "55P03"' in site.log("gunicorn").read_text()


def test_the_worker_outlives_a_server_that_was_stopped(site):
    with site.running("manage.py", "worker"):
        eventually(lambda: "Starting worker" in site.log("worker").read_text(), 60)
        with site.outage():
            time.sleep(3)
        job = ["notices.tasks.delete_old_mails", '{"timestamp": 0}']
        with site.running("manage.py", "procrastinate", "defer", *job) as deferring:
            # 1: at 47 minutes past, the periodic job of this kind is in the queue already.
            assert deferring.wait(timeout=60) in (0, 1)
        with psycopg.connect(site.url, autocommit=True) as other:
            query = "SELECT status::text FROM procrastinate_jobs WHERE task_name = %s"
            eventually(lambda: ("succeeded",) in other.execute(query, job[:1]).fetchall(), 60)
