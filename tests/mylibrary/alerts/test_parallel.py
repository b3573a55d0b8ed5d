"""Two runs at once, and patrons who leave meanwhile: nobody waits, nothing is told twice."""

import pytest
from django.db import connection, transaction

from catalog.importing.loading import take_over
from catalog.importing.publishing import date_of_import
from mylibrary.alerts.models import MOST_ALERTS, Alert, Arrival
from mylibrary.alerts.running import ImportEnding, look_for_arrivals, tell_of_arrivals
from mylibrary.alerts.services import AlertExists, TooManyAlerts
from notices.models import Notice
from patrons.retention import erase_patron, lock_patron
from tests.catalog.shelves import a_record
from tests.mylibrary.alerts.test_running import an_alert
from tests.patrons.people import imported_patron
from tests.patrons.threads import together

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(work) -> str:
    try:
        work()
    except (AlertExists, ImportEnding, TooManyAlerts) as refusal:
        return type(refusal).__name__
    return "kept"


def test_two_runs_at_once_keep_and_tell_everything_once(patron):
    other = imported_patron()
    for one in (patron, other):
        an_alert(one)
    a_record("吾輩は猫である")
    assert sorted(together([look_for_arrivals] * 2)) == [0, 1]
    assert Arrival.objects.count() == 2
    assert sorted(together([tell_of_arrivals] * 2)) == [0, 2]
    assert sorted(Notice.objects.values_list("patron", flat=True)) == [patron.pk, other.pk]


def test_what_an_import_commits_late_is_not_missed(patron):
    an_alert(patron)
    with transaction.atomic(), connection.cursor() as cursor:
        a_record("吾輩は猫である", added_at=date_of_import(cursor))
        assert together([lambda: outcome(look_for_arrivals)]) == ["ImportEnding"]
    assert look_for_arrivals() == 1
    assert Arrival.objects.count() == 1


def test_items_that_an_import_commits_late_are_not_missed(patron, tmp_path):
    an_alert(patron, branch="main")
    made = a_record("吾輩は猫である")
    look_for_arrivals()
    (tmp_path / "items.csv").write_text(f"書誌番号,資料番号,館\n{made.control_number},1,main\n")
    with transaction.atomic(), connection.cursor() as cursor:
        assert take_over(cursor, items_path=tmp_path / "items.csv").done
        assert together([lambda: outcome(look_for_arrivals)]) == ["ImportEnding"]
    look_for_arrivals()
    assert Arrival.objects.get().record == made


def test_the_run_passes_by_who_is_being_erased(patron):
    other = imported_patron()
    for one in (patron, other):
        an_alert(one)
    a_record("吾輩は猫である")
    with transaction.atomic():
        erase_patron(patron_id=patron.pk)
        assert together([look_for_arrivals]) == [1]
        assert together([tell_of_arrivals]) == [1]
    assert Notice.objects.get().patron == other
    assert Alert.objects.get().patron == other
    assert Arrival.objects.count() == 1


def test_whose_row_somebody_holds_is_told_the_next_time(patron):
    an_alert(patron)
    a_record("吾輩は猫である")
    look_for_arrivals()
    with transaction.atomic():
        lock_patron(patron_id=patron.pk)
        assert together([tell_of_arrivals]) == [0]
    assert tell_of_arrivals() == 1


def test_a_double_press_keeps_one_and_no_more_than_are_allowed(patron):
    assert sorted(together([lambda: outcome(lambda: an_alert(patron))] * 4)) == [
        *["AlertExists"] * 3,
        "kept",
    ]
    for number in range(MOST_ALERTS - 2):
        an_alert(patron, q=f"猫{number}")
    works = [lambda q=q: outcome(lambda: an_alert(patron, q=q)) for q in "あいうえ"]
    assert sorted(together(works)) == [*["TooManyAlerts"] * 3, "kept"]
    assert patron.alerts.count() == MOST_ALERTS
