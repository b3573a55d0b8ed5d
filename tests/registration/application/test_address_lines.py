"""An address of several lines, as the identity service may format it: kept so, shown in one."""

import csv
import io
import json

import pytest
from django.test import Client

from mylibrary.own_data.views import as_json
from patrons.models import Patron
from patrons.personal_data_registry import tell
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import export_to_stream
from registration.application.enums import ApplicationState as State
from registration.application.enums import Reason
from registration.application.models import Application
from tests.mylibrary.conftest import PASSWORD
from tests.patrons.people import set_own_password
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, outcome_of, text

pytestmark = pytest.mark.django_db
PERSON = {"name": "大分\u3000太郎", "birthdate": "20130720"}
IN_LINES = [
    "〒870-0839\r\n大分県大分市金池南１丁目５番１号\r\nコーポ南１０４号",
    "〒870-0839\n大分県大分市金池南１丁目５番１号\nコーポ南１０４号",
    "〒870-0839\t大分県大分市金池南１丁目５番１号\tコーポ南１０４号",
    "〒870-0839\u2028大分県大分市金池南１丁目５番１号\x0bコーポ南１０４号",
]
SHOWN = "〒870-0839 大分県大分市金池南１丁目５番１号 コーポ南１０４号"


@pytest.mark.parametrize("address", IN_LINES)
def test_it_registers_at_once_and_every_page_and_file_has_one_line(
    client, identity_service, django_user_model, address
):
    typed = PERSON | {"address": address}
    assert identity_service.sign_in(client, typed=typed, fault="address_object").url == FORM
    assert SHOWN in text(client.get(FORM))
    assert client.post(FORM, TYPED).url == CONFIRM
    assert SHOWN in text(client.get(CONFIRM))
    assert client.post(CONFIRM).url == RESULT
    patron = Patron.objects.get()
    assert patron.address == address
    assert patron.municipality_code == "44201"
    assert patron.address_key == "大分市金池南1-5-1"

    staff = Client()
    staff.force_login(
        django_user_model.objects.create(username="staff", is_staff=True, is_superuser=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert SHOWN in text(staff.get(f"/admin/patrons/patron/{patron.pk}/change/"))

    for encoding in ("utf-8-sig", "cp932"):
        assert exported(encoding) == [SHOWN]

    set_own_password(patron=patron, password=PASSWORD)
    owner = Client()
    owner.post("/mylibrary/login/", {"username": patron.number, "password": PASSWORD})
    for page in ("profile/", "privacy/"):
        assert SHOWN in text(owner.get(f"/mylibrary/{page}"))
    held = json.loads(as_json(list(tell(patron))))["data"]["registration"]
    assert held["address"] == address


def exported(encoding: str) -> list[str]:
    stream = io.BytesIO()
    export_to_stream(
        stream=stream, patrons=Patron.objects.all(), encoding=encoding, mapping=load_mapping()
    )
    content = stream.getvalue().decode(encoding)
    assert len(content.splitlines()) == 2
    return [line["住所"] for line in csv.DictReader(io.StringIO(content, newline=""))]


def test_an_open_application_shows_staff_one_line(client, identity_service, django_user_model):
    identity_service.sign_in(client, typed=PERSON | {"address": IN_LINES[0]})
    client.force_login(
        django_user_model.objects.create(username="staff", is_staff=True, is_superuser=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    application = Application.objects.get()
    html = text(client.get(f"/admin/registration/application/{application.pk}/change/"))
    assert SHOWN in html


@pytest.mark.parametrize(
    "typed",
    [
        {"address": "大分県大分市金池南１丁目\x1b[0m５番１号"},
        {"name": "大分\n太郎", "address": "大分県大分市金池南１丁目５番１号"},
    ],
)
def test_other_controls_and_a_name_of_two_lines_still_go_to_staff(client, identity_service, typed):
    identity_service.sign_in(client, typed=PERSON | typed)
    client.post(FORM, TYPED)
    application = outcome_of(client)
    assert application.state == State.REVIEW
    assert application.transitions.last().reason == Reason.UNCLEAR_IDENTITY
    assert not Patron.objects.exists()


@pytest.mark.parametrize("character", ["\\u0000", "\\ud800"])
def test_nul_and_half_a_character_are_refused(client, identity_service, character):
    fault = {"userinfo": {"address": {"formatted": json.loads(f'"大分県{character}"')}}}
    identity_service.configure(**fault)
    identity_service.sign_in(client)
    assert not Application.objects.exclude(address="").exists()
