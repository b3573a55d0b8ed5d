"""Real threads and real connections: one person, one patron."""

from collections.abc import Callable

import pytest
from django.db import transaction

from patrons.matching.duplicates import Applicant
from patrons.models import IdentityLink, Patron
from patrons.services import DuplicateSuspected, register_patron, user_for
from tests.patrons.people import APART, applicant, residency
from tests.patrons.threads import together

# The kana of as many given names.
DIFFERENT = "アイウエオカキクケコサシスセソタチツテト"
pytestmark = pytest.mark.django_db(transaction=True)


def registering(person: Applicant) -> Callable[[], object]:
    def register() -> object:
        try:
            with transaction.atomic():
                return register_patron(applicant=person, residency=residency())
        except DuplicateSuspected as refused:
            return refused

    return register


def test_a_hundred_submissions_of_one_identity_make_one_patron():
    results = together([registering(applicant())] * 100)
    assert sum(isinstance(result, Patron) for result in results) == 1
    assert sum(isinstance(result, DuplicateSuspected) for result in results) == 99
    assert Patron.objects.count() == IdentityLink.objects.count() == 1


def test_two_subjects_with_one_name_and_birth_date_make_one_patron():
    for attempt, birth_date in enumerate(APART):
        people = [
            applicant(subject=f"{attempt}-{side}", birth_date=birth_date) for side in ("a", "b")
        ]
        together([registering(person) for person in people])
        assert Patron.objects.filter(birth_date=birth_date).count() == 1


def test_two_spellings_of_one_person_make_one_patron():
    # No constraint catches these: only the lock makes the second see the first.
    for attempt, birth_date in enumerate(APART):
        spellings = [
            applicant(subject=f"{attempt}-{name}", birth_date=birth_date, name=f"大分　{name}")
            for name in ("太郎", "太朗", "大郎", "多郎")
        ]
        together([registering(person) for person in spellings])
        assert Patron.objects.filter(birth_date=birth_date).count() == 1


def test_one_subject_with_two_birth_dates_makes_one_patron():
    people = [applicant(birth_date=f"201307{day:02}", name=f"大分　{day}") for day in range(1, 21)]
    results = together([registering(person) for person in people])
    assert sum(isinstance(result, Patron) for result in results) == 1
    assert IdentityLink.objects.count() == 1


def test_different_people_at_once_all_register_with_different_numbers():
    people = [
        applicant(
            subject=str(day),
            birth_date=f"201307{day:02}",
            name=f"大分　{day}",
            first_name_kana=DIFFERENT[day - 1] * 2,
        )
        for day in range(1, 21)
    ]
    results = together([registering(person) for person in people])
    assert len({patron.number for patron in results}) == 20


def test_twins_at_the_same_instant_are_two_patrons():
    twins = [
        applicant(subject="t1", name="大分　ユウキ", first_name_kana="ユウキ"),
        applicant(subject="t2", name="大分　ユキ", first_name_kana="ユキ"),
    ]
    together([registering(twin) for twin in twins])
    assert Patron.objects.count() == 2


def test_first_logins_at_the_same_instant_make_one_user():
    patron = register_patron(applicant=applicant(), residency=residency())
    copies = [Patron.objects.get(pk=patron.pk) for _ in range(10)]
    users = together([lambda copy=copy: user_for(patron=copy) for copy in copies])
    assert len({user.pk for user in users}) == 1
