"""Whatever the check digit: the number that was given logs in, and its card is read."""

import pytest
from django.db import connection

from mylibrary.card import barcode
from patrons.check_digits import SCHEMES
from patrons.sequence import SEQUENCE
from patrons.services import register_patron
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, PASSWORD
from tests.mylibrary.test_browser import scanned, show_card
from tests.patrons.people import applicant, residency, set_own_password

# Payloads whose modulus 16 characters are the six signs.
SIGNS = {"-": 800059, "$": 800049, ":": 800039, "/": 800029, ".": 800019, "+": 800009}
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


@pytest.mark.parametrize(("sign", "payload"), SIGNS.items())
def test_a_number_that_ends_in_a_sign_logs_in_as_people_type_it(
    client, db, log_in, settings, sign, payload
):
    settings.PATRON_NUMBER_CHECK_DIGIT = "modulus16"
    patron = given(payload)
    assert patron.number == f"{payload}{sign}"
    for typed in (patron.number, patron.number.translate(WIDE), f" {payload} {sign} "):
        assert log_in(client, typed, BIRTH_DATE).url == CHOOSE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("payload", SIGNS.values())
def test_a_modulus_16_card_is_read_from_the_screen(open_page, live_server, settings, payload):
    settings.PATRON_NUMBER_CHECK_DIGIT = "modulus16"
    patron = given(payload)
    set_own_password(patron=patron, password=PASSWORD)
    page = open_page(375, device_scale_factor=2)
    show_card(page, live_server, patron)
    assert scanned(page) == [f"A{patron.number}A"]
