"""To the identity service and back, with the real client and the simulated service over HTTP."""

import pytest
from django.test import Client

from patrons.models import Patron
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from tests.identity import follow
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, draft_of

pytestmark = pytest.mark.django_db
PERSON = {
    "name": "大分\u3000花子",
    "birthdate": "20150303",
    "address": "大分県別府市上野口町１番１５号",
}


def page(client, address=FORM):
    return client.get(address).content.decode()


def test_reading_the_card_fills_the_form_and_the_manuals_example_registers(
    client, identity_service
):
    response = identity_service.sign_in(client)
    assert response.url == FORM
    html = page(client)
    for shown in ("大分", "太郎", "2013 年 7月 20日", "金池南"):
        assert shown in html
    assert client.post(FORM, TYPED).url == CONFIRM
    assert client.post(CONFIRM).url == RESULT
    assert f"『{Patron.objects.get().number}』" in page(client, RESULT)


def test_what_the_service_returned_is_stored_byte_for_byte(client, identity_service):
    strange = {
        "name": "髙\U000e0101橋\u3000\u3000﨑子  ",
        "birthdate": "20150303",
        "address": "大分県 大分市\u3000金池南１丁目５番－１号 ｺｰﾎﾟ　１０１ ",
    }
    identity_service.sign_in(client, typed=strange)
    assert client.post(FORM, TYPED).url == CONFIRM
    client.post(CONFIRM)
    patron = Patron.objects.get()
    assert (patron.name, patron.birth_date, patron.address) == tuple(strange.values())


def test_what_was_typed_before_reading_the_card_is_kept(client, identity_service):
    typed = TYPED | {"phone": "まちがい", "contact_method": "phone"}
    identity_service.sign_in(client, data=typed)
    html = page(client)
    for value in ("オオイタ", "タロウ", "8700000", "まちがい", "oita@oita.co.jp"):
        assert f'value="{value}"' in html
    assert '<option value="phone" selected>' in html


@pytest.mark.parametrize("nonsense", ["\x00", "a\x00b", "😀" * 5000])
def test_nothing_typed_before_reading_the_card_breaks_the_way(client, identity_service, nonsense):
    data = dict.fromkeys(TYPED, nonsense)
    assert identity_service.sign_in(client, data=data).url == FORM
    assert client.get(FORM).status_code == 200
    assert len(draft_of(client).phone) <= 300


def test_reading_another_card_replaces_the_identity_and_clears_only_the_kana(
    client, identity_service
):
    identity_service.sign_in(client)
    identity_service.sign_in(client, typed=PERSON, data=TYPED)
    draft = draft_of(client)
    assert draft.name == PERSON["name"]
    assert (draft.last_name_kana, draft.first_name_kana) == ("", "")
    assert (draft.phone, draft.email) == (TYPED["phone"], TYPED["email"])


def test_reading_the_same_card_again_keeps_the_kana(client, identity_service):
    identity_service.sign_in(client)
    identity_service.sign_in(client, data=TYPED)
    assert draft_of(client).last_name_kana == "オオイタ"


def test_reading_a_card_after_the_confirmation_asks_for_the_entry_again(client, identity_service):
    identity_service.sign_in(client)
    client.post(FORM, TYPED)
    identity_service.sign_in(client)
    assert client.get(CONFIRM).url == FORM


@pytest.mark.parametrize(
    ("how", "title"),
    [("cancel", "本人確認を中止しました"), ("unavailable", "本人確認サービスに接続できません")],
)
def test_cancel_and_outage_come_back_to_the_form_with_what_was_typed(
    client, identity_service, how, title
):
    address = identity_service.start(client, TYPED)
    back = (
        identity_service.cancel(address)
        if how == "cancel"
        else identity_service.approve(address, fault="token_500")
    )
    response = follow(client, back)
    html = page(client, response.url)
    assert title in html
    assert 'value="oita@oita.co.jp"' in html
    assert draft_of(client).state == State.STARTED


def test_an_answer_that_arrives_twice_leads_back_to_the_filled_form(client, identity_service):
    back = identity_service.approve(identity_service.start(client))
    assert follow(client, back).url == FORM
    assert follow(client, back).url == FORM
    assert "大分" in page(client)


def test_a_return_into_another_browser_stores_no_identity(client, identity_service):
    back = identity_service.approve(identity_service.start(client))
    assert follow(Client(), back).status_code == 400
    assert not Application.objects.exclude(subject="").exists()


def test_no_claim_is_kept_in_the_session(client, identity_service):
    identity_service.sign_in(client, typed=PERSON, data=TYPED)
    stored = str(dict(client.session))
    for personal in (*PERSON.values(), TYPED["email"], TYPED["phone"], "オオイタ"):
        assert personal not in stored
