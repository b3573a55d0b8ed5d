"""The board is cheap, ends and begins by the clock, and outlives a database that hangs."""

import time

import pytest
from django.db import connection, transaction

from announcements import board
from announcements.kinds import Place
from announcements.models import Announcement
from outages import known
from tests.waiting import eventually


def kinds(place=Place.HOME):
    return [posted.kind for posted in board.shown(place)]


def test_a_page_asks_the_database_for_nothing(client, announce, django_assert_num_queries):
    announce("registration_stop")
    with django_assert_num_queries(0):
        assert "休止しています" in client.get("/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_another_process_learns_of_it_within_seconds(announce, monkeypatch):
    assert kinds() == []
    announcement = announce("registration_stop")
    Announcement.objects.all().delete()
    assert kinds() == ["registration_stop"]
    monkeypatch.setattr(known, "FRESH_SECONDS", 0)
    eventually(lambda: kinds() == [])
    announcement.save(force_insert=True)
    eventually(lambda: kinds() == ["registration_stop"])


@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_keeps_no_page_waiting(announce, client, monkeypatch):
    announce("registration_stop")
    monkeypatch.setattr(known, "FRESH_SECONDS", 0)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK announcements_announcement")
        began = time.monotonic()
        for _ in range(10):
            assert "休止しています" in client.get("/").content.decode()
        # The first has waited for its reading, and no other.
        assert time.monotonic() - began < 10 * known.WAIT_SECONDS
        assert board.POSTED.is_reading()
    eventually(lambda: not board.POSTED.is_reading())


def test_begun_stands_before_ahead(announce):
    announce("library_maintenance", begins=5, ends=6)
    announce("agency_maintenance", begins=2, ends=3)
    announce("registration_stop")
    assert kinds() == ["registration_stop", "agency_maintenance", "library_maintenance"]
