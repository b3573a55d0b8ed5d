"""What the harness promises to every other test."""

import os
import socket
import subprocess
import sys

import pytest
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from tests import browser as chromium
from tests import databases
from tests.platform.support import ROOT


@pytest.mark.django_db
def test_japanese_letters_are_letters_to_pg_trgm():
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT similarity('ヤマダ', 'ヤマタ')")
        assert cursor.fetchone()[0] > 0


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_a_socket_reaches_nothing_but_this_machine():
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("repetition", [1, 2])
def test_the_job_queue_is_empty_at_the_start_of_each_test(repetition):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == 0
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, args) "
            "VALUES ('nothing', 'default', '{}')"
        )


def test_the_browser_shows_japanese(page_at_width):
    page_at_width.set_content("<h1 lang=ja>利用者情報登録</h1>")
    assert page_at_width.get_by_role("heading").inner_text() == "利用者情報登録"


def run_without_chromium(**environment):
    """Run one browser test in a pytest of its own on a machine without Chromium."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", databases.RUN)}
    kept = {name: value for name, value in kept.items() if not name.startswith("PYTEST_")}
    test = f"{__file__}::test_the_browser_shows_japanese"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=ROOT,
        env=kept | {"CHROMIUM": "/nonexistent", "REQUIRE_BROWSER": ""} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_chromium_a_newcomer_gets_one_clear_notice():
    done = run_without_chromium()
    assert done.returncode == 0, done.stdout
    assert "2 skipped" in done.stdout
    assert done.stdout.count(f"2 tests. {chromium.NOTICE}") == 1


def test_where_a_browser_is_required_its_absence_is_a_failure():
    done = run_without_chromium(REQUIRE_BROWSER="1")
    assert done.returncode == 1, done.stdout
    assert "passed" not in done.stdout


@pytest.mark.parametrize("name", ["CI", "REQUIRE_BROWSER"])
def test_a_browser_is_required_where_it_is_said(monkeypatch, name):
    for each in ("CI", "REQUIRE_BROWSER"):
        monkeypatch.setenv(each, "0")
    assert not chromium.is_required()
    monkeypatch.setenv(name, "1")
    assert chromium.is_required()
