"""Whatever the check digit: the number that was given logs in, and its card is read."""

import pytest
from django.db import connection

from mylibrary.patron_card import barcode
from patrons.models import Patron
from patrons.numbers import SCHEMES, SEQUENCE
from patrons.services import register_patron
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, PASSWORD
from tests.patrons.people import applicant, residency, set_own_password

WIDE = str.maketrans("0123456789-$:/.+", "０１２３４５６７８９－＄：／．＋")


def given(payload):
    """Return the patron who registers when the sequence has come to a payload."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} RESTART WITH {payload}")
    return register_patron(applicant=applicant(), residency=residency())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_number_of_every_scheme_logs_in_and_has_a_card(client, db, log_in, settings, scheme):
    settings.PATRON_NUMBER_CHECK_DIGIT = scheme
    patron = given(800059)
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE
    set_own_password(patron=patron, password=PASSWORD)
    assert log_in(client, patron.number.translate(WIDE)).status_code == 302
    assert barcode.svg(patron.number) in client.get(CARD).content.decode()


@pytest.mark.parametrize("sign", "-$:/.+")
def test_an_imported_number_that_ends_in_a_sign_logs_in_as_people_type_it(client, db, log_in, sign):
    given(800059)
    Patron.objects.update(number=f"800059{sign}")
    for typed in (f"800059{sign}", f"800059{sign}".translate(WIDE), f" 800059 {sign} "):
        assert log_in(client, typed, BIRTH_DATE).url == CHOOSE
