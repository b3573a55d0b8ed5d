"""Addresses that refused a mail: kept while they are the patron's, and no longer."""

import threading

import pytest
from django.db import connection, transaction

from patrons.models import Patron
from patrons.services import record_bounce, record_delivery

pytestmark = pytest.mark.django_db
FORMER = "former@example.jp"


def stored() -> str:
    return Patron.objects.get().bounced_email


def test_only_the_address_on_record_bounces(patron):
    assert not record_bounce(patron_id=patron.pk, address=FORMER)
    assert stored() == ""
    assert record_bounce(patron_id=patron.pk, address=patron.email)
    assert stored() == patron.email
    assert not record_bounce(patron_id=patron.pk + 1, address=patron.email)


def test_nothing_bounces_where_there_is_no_address(patron):
    Patron.objects.update(email="")
    assert not record_bounce(patron_id=patron.pk, address="")
    assert not Patron.objects.email_bounced().exists()


def test_only_a_mail_to_the_same_address_clears_it(patron):
    record_bounce(patron_id=patron.pk, address=patron.email)
    assert not record_delivery(patron_id=patron.pk, address=FORMER)
    assert stored() == patron.email
    assert record_delivery(patron_id=patron.pk, address=patron.email)
    assert not record_delivery(patron_id=patron.pk, address=patron.email)
    assert stored() == ""


def test_neither_is_a_change_for_the_library_system(patron):
    before = patron.updated_at
    record_bounce(patron_id=patron.pk, address=patron.email)
    assert Patron.objects.get().updated_at == before
    record_delivery(patron_id=patron.pk, address=patron.email)
    assert Patron.objects.get().updated_at == before


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_changed_at_the_same_moment_is_not_blamed(patron):
    done = threading.Event()

    def bounce() -> None:
        try:
            record_bounce(patron_id=patron.pk, address=patron.email)
        finally:
            done.set()
            connection.close()

    with transaction.atomic():
        Patron.objects.update(email="new@example.jp")
        worker = threading.Thread(target=bounce)
        worker.start()
        # It waits for the row.
        assert not done.wait(0.5)
    worker.join()
    assert stored() == ""
