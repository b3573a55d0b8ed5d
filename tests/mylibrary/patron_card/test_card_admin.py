"""The barcode that staff print: who sees it, and that it is read."""

import io

import pytest
import zxingcpp
from PIL import Image

from audit.models import Record
from patrons.models import Patron
from tests.mylibrary.own_data.test_erasure_admin import staff_client
from tests.staff.pages import address_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(django_user_model):
    return staff_client(django_user_model, "view_patron", "print_card")


def test_staff_print_the_barcode_from_the_patrons_page(clerk, member):
    page, picture = address_of(member, "barcode"), address_of(member, "barcode_picture")
    assert f'href="{page}"' in clerk.get(address_of(member)).content.decode()
    shown = clerk.get(page).content.decode()
    assert f'srcset="{picture} 3.125x"' in shown
    assert member.name not in shown
    answer = clerk.get(picture)
    assert answer["Content-Type"] == "image/png"
    assert "no-store" in answer["Cache-Control"]
    (found,) = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(answer.content)), formats=zxingcpp.BarcodeFormat.Codabar
    )
    assert found.text == f"A{member.number}A"


def test_that_it_was_opened_is_recorded(clerk, member):
    clerk.get(address_of(member, "barcode"))
    assert Record.objects.filter(reason="barcode", patron_id=member.pk).count() == 1


def test_a_number_that_cannot_be_drawn_is_told_instead(clerk, member):
    Patron.objects.update(number="K-800002")
    shown = clerk.get(address_of(member, "barcode")).content.decode()
    assert "この番号は、バーコードで印刷できません" in shown
    assert "<img" not in shown
    assert clerk.get(address_of(member, "barcode_picture")).status_code == 404


@pytest.mark.parametrize("name", ["barcode", "barcode_picture"])
def test_nobody_else_sees_it(client, django_user_model, member, name):
    address = address_of(member, name)
    assert client.get(address).status_code == 302
    assert staff_client(django_user_model, "view_patron").get(address).status_code == 403
