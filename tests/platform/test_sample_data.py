"""The demo's data: loaded once, and the next patron gets the number in the manual."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from oita_library.demo import sample_data
from patrons.models import Patron
from patrons.sequence import SEQUENCE, draw_number

pytestmark = pytest.mark.django_db


def load(tmp_path):
    return sample_data.load(issuer="https://idp.example", password_file=tmp_path / "password")


def test_the_next_number_is_the_one_in_the_manual(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} RESTART")
    load(tmp_path)
    assert list(Patron.objects.order_by("number").values_list("number", flat=True)) == [
        "8000002",
        "8000010",
    ]
    assert draw_number() == "8000028"


def test_loading_again_changes_nothing(tmp_path):
    password = load(tmp_path)
    assert load(tmp_path) == password
    assert Patron.objects.count() == 2
    assert get_user_model().objects.filter(is_superuser=True).count() == 1


def test_the_staff_account_works_and_its_password_is_private(tmp_path):
    password = load(tmp_path)
    staff = get_user_model().objects.get(username=sample_data.STAFF)
    assert staff.check_password(password)
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0


def test_a_password_that_staff_changed_stays_changed(tmp_path):
    load(tmp_path)
    staff = get_user_model().objects.get(username=sample_data.STAFF)
    staff.set_password("changed-by-staff")
    staff.save()
    assert load(tmp_path) is None
    staff.refresh_from_db()
    assert staff.check_password("changed-by-staff")


def test_a_lost_password_file_is_replaced_together_with_the_password(tmp_path):
    load(tmp_path)
    (tmp_path / "password").unlink()
    password = load(tmp_path)
    assert get_user_model().objects.get(username=sample_data.STAFF).check_password(password)
