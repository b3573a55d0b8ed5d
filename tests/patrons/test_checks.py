import pytest
from django.core.checks import run_checks
from django.db import connection

from patrons.checks import check_database, check_number_settings


def ids(messages) -> list[str]:
    return [message.id for message in messages]


def test_the_shipped_settings_and_database_pass(db):
    found = [m for m in run_checks(databases=["default"]) if (m.id or "").startswith("patrons.")]
    assert found == []


@pytest.mark.parametrize("value", ["", "800000", "899999-800000"])
def test_a_range_that_is_none_is_refused(settings, value):
    settings.PATRON_NUMBER_RANGE = value
    assert ids(check_number_settings(None)) == ["patrons.E001"]


def test_an_unknown_scheme_is_refused(settings):
    settings.PATRON_NUMBER_CHECK_DIGIT = "crc32"
    assert ids(check_number_settings(None)) == ["patrons.E002"]


def test_a_range_that_is_not_the_sequence_s_is_noticed(db, settings):
    settings.PATRON_NUMBER_RANGE = "700000-799999"
    assert ids(check_database(None, ["default"])) == ["patrons.E003"]


def test_near_exhaustion_is_a_warning(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE patrons_patron_number_seq RESTART WITH 896000")
    assert ids(check_database(None, ["default"])) == ["patrons.W001"]


def test_a_database_not_yet_migrated_is_not_complained_about(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP SEQUENCE patrons_patron_number_seq")
    assert check_database(None, ["default"]) == []
