"""The range is used up while somebody confirms, and staff extend it as the readme says."""

import pytest
from django.db import connection

from patrons.checks import check_database
from patrons.models import Patron
from patrons.numbers import SEQUENCE, format_number
from registration.application.enums import ApplicationState as State
from tests.registration.application.test_limits import use_up_all_numbers
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, entered, text

pytestmark = pytest.mark.django_db


def test_the_same_draft_registers_once_the_range_is_longer(client, settings):
    draft = entered(client)
    use_up_all_numbers()
    for _ in range(2):
        response = client.post(CONFIRM)
        assert response.status_code == 503
        assert "ただいま番号をお出しできません" in text(response)
        assert "入力された内容は残っています" in text(response)
    draft.refresh_from_db()
    assert {name: getattr(draft, name) for name in TYPED} == TYPED
    assert TYPED["email"] in client.get(FORM).content.decode()

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} MAXVALUE 999999")
    assert [found.id for found in check_database(None, ["default"])] == ["patrons.E003"]
    settings.PATRON_NUMBER_RANGE = "800000-999999"
    assert check_database(None, ["default"]) == []

    assert client.post(CONFIRM).url == RESULT
    draft.refresh_from_db()
    assert draft.state == State.REGISTERED
    assert Patron.objects.get().number == format_number(900000)


def test_a_new_range_begins_where_it_is_restarted(client, settings):
    entered(client)
    use_up_all_numbers()
    assert client.post(CONFIRM).status_code == 503
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER SEQUENCE {SEQUENCE} MINVALUE 300000 MAXVALUE 399999 START 300000 RESTART"
        )
    settings.PATRON_NUMBER_RANGE = "300000-399999"
    assert check_database(None, ["default"]) == []
    assert client.post(CONFIRM).url == RESULT
    assert Patron.objects.get().number == format_number(300000)
