"""The demo's data: loaded once, and the next patron gets the number in the manual."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from demo import sample_data
from patrons.identity_link_services import LinkVerdict, find_patron
from patrons.models import Patron, RegisteredVia
from patrons.numbers import SEQUENCE, draw_number
from patrons.residency import municipalities_of
from staff.roles import NAMES, ROLES
from tests.patrons.people import applicant

pytestmark = pytest.mark.django_db


def load(tmp_path):
    return sample_data.load(issuer="https://idp.example", password_file=tmp_path / "password")


def test_the_next_number_is_the_one_in_the_manual(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} RESTART")
    load(tmp_path)
    online = Patron.objects.filter(registered_via=RegisteredVia.ONLINE).order_by("number")
    assert list(online.values_list("number", flat=True)) == ["8000002", "8000010"]
    assert draw_number() == "8000028"


def test_staff_have_somebody_who_moved_out_to_look_at(tmp_path):
    load(tmp_path)
    patron = Patron.objects.moved_out().get()
    assert (patron.name, patron.address) == ("由布　一郎", sample_data.MOVED_TO)
    assert patron.postal_code_outdated


def test_one_of_the_simulators_cards_can_be_linked_to_a_patron_of_the_counter(tmp_path):
    load(tmp_path)
    patron = Patron.objects.get(registered_via=RegisteredVia.COUNTER)
    card = applicant(
        subject=sample_data.COUNTER_CARD.subject,
        name=sample_data.COUNTER_CARD.name,
        birth_date=sample_data.COUNTER_CARD.birthdate,
        address=sample_data.COUNTER_CARD.address,
    )
    found = find_patron(card=card)
    assert (found.verdict, found.patron_id) == (LinkVerdict.PROVED, patron.pk)
    assert patron.municipality_code in municipalities_of(patron.postal_code)
    assert patron in Patron.objects.exported()


def test_loading_again_changes_nothing(tmp_path):
    password = load(tmp_path)
    assert load(tmp_path) == password
    assert Patron.objects.count() == 3
    assert get_user_model().objects.filter(is_superuser=True).count() == 1
    assert get_user_model().objects.filter(is_staff=True).count() == 1 + len(ROLES)


def test_the_staff_account_works_and_its_password_is_private(tmp_path):
    password = load(tmp_path)
    staff = get_user_model().objects.get(username=sample_data.STAFF)
    assert staff.check_password(password)
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0


def test_there_is_somebody_with_a_name_for_each_role(tmp_path):
    password = load(tmp_path)
    colleagues = get_user_model().objects.filter(is_superuser=False, is_staff=True)
    assert {user.groups.get().name for user in colleagues} == set(NAMES)
    assert all(user.name and user.check_password(password) for user in colleagues)


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
