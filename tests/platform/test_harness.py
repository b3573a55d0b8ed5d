"""What the harness promises to every other test."""

import socket

import pytest
from django.db import connection
from pytest_socket import SocketConnectBlockedError


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
