"""A name in one word, from the card to the library's records: no part of it is made up."""

from dataclasses import replace

import pytest

from patrons.models import Patron
from registration.application.forms import ONE_WORD, RegistrationForm
from tests.registration.support import CONFIRM, FORM, TARO, TYPED, identify, registered, text

pytestmark = pytest.mark.django_db
SUHARTO = replace(TARO, subject="one-word", name="SUHARTO")
IN_KANA = TYPED | {"last_name_kana": "すはると", "first_name_kana": ""}


@pytest.mark.parametrize(
    ("name", "separated"),
    [
        ("大分　太郎", True),
        ("大分 太郎", True),
        ("大分太郎", False),
        (" プラトン　", False),
        ("JOHN PAUL SMITH", True),
    ],
)
def test_a_space_separates_family_and_given_name(name, separated):
    form = RegistrationForm(name=name)
    assert form.fields["first_name_kana"].required is separated


@pytest.mark.parametrize("name", ["SUHARTO", "ＳＵＨＡＲＴＯ", "大分太郎", "𠮷\U000e0101田"])
def test_a_name_in_one_word_is_registered_with_one_kana(client, name):
    identity = replace(SUHARTO, name=name)
    patron = registered(client, identity, **IN_KANA).patron
    assert patron.name.encode() == name.encode()
    assert (patron.last_name_kana, patron.first_name_kana) == ("スハルト", "")
    assert patron.full_name_kana == "スハルト"


def test_the_form_says_what_to_do_with_the_second_field(client):
    identify(client, SUHARTO)
    assert str(ONE_WORD) in text(client.get(FORM))
    identify(client, TARO)
    assert str(ONE_WORD) not in text(client.get(FORM))


def test_the_confirmation_shows_the_name_and_its_kana(client):
    identify(client, SUHARTO)
    assert client.post(FORM, IN_KANA).url == CONFIRM
    html = text(client.get(CONFIRM))
    assert "SUHARTO" in html
    assert "<dt>名前カタカナ</dt><dd>スハルト" in html


def test_the_same_person_in_another_width_is_known(client):
    registered(client, SUHARTO, **IN_KANA)
    identify(client, replace(SUHARTO, subject="another card", name="Ｓｕｈａｒｔｏ"))
    assert client.post(FORM, IN_KANA).url != CONFIRM
    assert Patron.objects.count() == 1
