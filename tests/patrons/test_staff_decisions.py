"""Registering and linking after staff decided who is who."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from patrons.identity_link_services import LinkRefusal, LinkRefused, link_by_staff
from patrons.matching.duplicates import DuplicateReason
from patrons.models import IdentityLink, Patron
from patrons.services import DuplicateSuspected, register_patron
from tests.patrons.people import ISSUER, applicant, imported_patron, residency


def register(*, cleared=(), **changes):
    return register_patron(
        applicant=applicant(**changes), residency=residency(), cleared_ids=cleared
    )


def test_a_cleared_namesake_registers_beside_the_first(patron):
    second = register(subject="s2", cleared=[patron.pk])
    third = register(subject="s3", cleared=[patron.pk, second.pk])
    assert [p.namesake_no for p in (patron, second, third)] == [0, 1, 2]
    assert {link.patron_id for link in IdentityLink.objects.all()} == {
        patron.pk,
        second.pk,
        third.pk,
    }


def test_a_withdrawn_namesakes_number_is_not_given_again(patron):
    second = register(subject="s2", cleared=[patron.pk])
    Patron.objects.filter(pk=second.pk).update(withdrawn_at=second.registered_at)
    assert register(subject="s3", cleared=[patron.pk]).namesake_no == 2


def test_a_namesake_whom_staff_have_not_seen_is_still_a_duplicate(patron):
    second = register(subject="s2", cleared=[patron.pk])
    with pytest.raises(DuplicateSuspected) as caught:
        register(subject="s3", cleared=[patron.pk])
    assert caught.value.decision.patron_ids == (second.pk,)


def test_nobody_clears_the_patron_whose_card_it_is(patron):
    with pytest.raises(DuplicateSuspected) as caught:
        register(cleared=[patron.pk])
    assert caught.value.decision.reason is DuplicateReason.SUBJECT_LINKED


def test_a_cleared_patron_of_another_name_leaves_the_namesake_number_alone(patron):
    second = register(subject="s2", name="大分　太朗", cleared=[patron.pk])
    assert second.namesake_no == 0


@pytest.mark.django_db(transaction=True)
def test_namesakes_cleared_against_one_patron_do_not_pass_at_the_same_instant(patron):
    start = threading.Barrier(6)

    def run(number):
        try:
            start.wait()
            return register(subject=f"s{number}", cleared=[patron.pk]).namesake_no
        except DuplicateSuspected:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(run, range(6)))
    assert sorted(numbers, key=str) == [1, None, None, None, None, None]
    assert Patron.objects.count() == 2


def test_staff_link_a_card_whose_name_reads_differently(db):
    stored = imported_patron()
    assert link_by_staff(patron_id=stored.pk, issuer=ISSUER, subject="new") == stored
    assert stored.identity_links.get().subject == "new"
    assert link_by_staff(patron_id=stored.pk, issuer=ISSUER, subject="new") == stored


def test_another_card_is_replaced_only_when_staff_say_so(patron):
    with pytest.raises(LinkRefused) as caught:
        link_by_staff(patron_id=patron.pk, issuer=ISSUER, subject="new")
    assert caught.value.refusal is LinkRefusal.OTHER_CARD
    link_by_staff(patron_id=patron.pk, issuer=ISSUER, subject="new", replace_card=True)
    assert [link.subject for link in patron.identity_links.active()] == ["new"]
    assert patron.identity_links.count() == 2


def test_a_card_of_another_patron_and_a_patron_who_left_are_refused(patron):
    other = imported_patron()
    with pytest.raises(LinkRefused) as caught:
        link_by_staff(patron_id=other.pk, issuer=ISSUER, subject="subject-1", replace_card=True)
    assert caught.value.refusal is LinkRefusal.TAKEN
    Patron.objects.filter(pk=other.pk).update(withdrawn_at=other.registered_at)
    with pytest.raises(LinkRefused) as caught:
        link_by_staff(patron_id=other.pk, issuer=ISSUER, subject="new")
    assert caught.value.refusal is LinkRefusal.CHANGED
