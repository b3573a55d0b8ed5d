"""Steps out of order, repeated, in two tabs, by two people, and the journey's ends."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from patrons.models import Patron
from registration.application.enums import ApplicationState as State
from registration.application.models import IDENTITY_COLUMNS, PERSONAL_COLUMNS
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    RESULT,
    TARO,
    TYPED,
    TYPED_BY_HANAKO,
    draft_of,
    entered,
    hidden_fields,
    identify,
    registered,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("stage", "path", "lands"),
    [
        (None, CONFIRM, FORM),
        (None, RESULT, FORM),
        (identify, CONFIRM, FORM),
        (identify, RESULT, FORM),
        (entered, RESULT, CONFIRM),
        (registered, CONFIRM, RESULT),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_step_out_of_order_goes_to_the_first_incomplete_one(client, stage, path, lands, method):
    if stage:
        stage(client)
    assert getattr(client, method)(path).url == lands


def test_editing_after_the_confirmation_keeps_everything(client):
    entered(client)
    html = text(client.get(FORM))
    for value in ("オオイタ", "タロウ", "8700000", "0970000000", "oita@oita.co.jp"):
        assert f'value="{value}"' in html
    assert client.post(FORM, TYPED | {"phone": "0975340001"}).url == CONFIRM
    assert "0975340001" in text(client.get(CONFIRM))


def test_reset_clears_what_was_typed_and_keeps_the_identity(client):
    draft = entered(client)
    assert client.post(reverse("registration:reset")).url == FORM
    html = text(client.get(FORM))
    assert TARO.name in html
    assert "oita@oita.co.jp" not in html
    draft.refresh_from_db()
    assert draft.state == State.IDENTIFIED


def test_reset_after_an_error_clears_the_wrong_values_too(client):
    identify(client)
    client.post(FORM, TYPED | {"phone": "wrong"})
    client.post(reverse("registration:reset"), TYPED | {"phone": "wrong"})
    assert "wrong" not in text(client.get(FORM))


@pytest.mark.parametrize("stage", [identify, entered])
def test_cancel_erases_the_draft(client, stage):
    draft = stage(client)
    response = client.post(reverse("registration:cancel"))
    assert "登録をやめました" in text(response)
    draft.refresh_from_db()
    assert draft.state == State.EXPIRED
    assert [getattr(draft, name) for name in PERSONAL_COLUMNS] == [""] * 10
    assert TARO.name not in text(client.get(FORM))


@pytest.mark.parametrize("name", ["cancel", "reset", "finish", "another"])
def test_an_action_that_is_only_visited_does_nothing(client, name):
    draft = entered(client)
    assert client.get(reverse(f"registration:{name}")).url == FORM
    draft.refresh_from_db()
    assert draft.state == State.ENTERED


@pytest.mark.parametrize("name", ["form", "confirm", "cancel", "reset", "finish", "another"])
def test_every_submission_is_protected_against_forgery(name):
    assert Client(enforce_csrf_checks=True).post(reverse(f"registration:{name}")).status_code == 403


def test_reload_back_and_a_second_press_show_the_same_result(client):
    entered(client)
    shown = hidden_fields(text(client.get(CONFIRM)))
    assert client.post(CONFIRM, shown).url == RESULT
    first = text(client.get(RESULT))
    assert client.post(CONFIRM, shown).url == RESULT
    assert client.get(CONFIRM).url == RESULT
    number = Patron.objects.get().number
    assert f"『{number}』" in first
    assert f"『{number}』" in text(client.get(RESULT))


def test_the_old_form_sent_again_after_registering_shows_the_result(client):
    identify(client)
    form_shown = hidden_fields(text(client.get(FORM)))
    client.post(FORM, TYPED | form_shown)
    client.post(CONFIRM)
    assert client.post(FORM, TYPED | form_shown).url == RESULT
    assert Patron.objects.count() == 1


def test_a_double_click_on_the_form_leads_to_the_confirmation(client):
    identify(client)
    form_shown = hidden_fields(text(client.get(FORM)))
    assert client.post(FORM, TYPED | form_shown).url == CONFIRM
    assert client.post(FORM, TYPED | form_shown).url == CONFIRM


def test_a_card_read_in_another_tab_is_noticed_before_anything_is_entered(client):
    identify(client)
    stale = hidden_fields(text(client.get(FORM)))
    identify(client, HANAKO)
    response = client.post(FORM, TYPED | stale)
    html = text(response)
    assert response.status_code == 422
    assert "ほかの画面でカードが読み込まれました" in html
    assert HANAKO.name in html
    assert draft_of(client).state == State.IDENTIFIED


def test_only_what_the_confirmation_showed_is_registered(client):
    entered(client)
    stale = hidden_fields(text(client.get(CONFIRM)))
    client.post(FORM, TYPED | {"phone": "0975340001"})
    response = client.post(CONFIRM, stale)
    assert response.status_code == 409
    assert "ほかの画面で内容が変わりました" in text(response)
    assert "0975340001" in text(response)
    assert not Patron.objects.exists()
    assert client.post(CONFIRM, hidden_fields(text(response))).url == RESULT
    assert Patron.objects.get().phone == "0975340001"


def test_another_browser_of_the_same_person_replaces_the_abandoned_draft(client):
    abandoned = entered(client)
    other = Client()
    entered(other)
    abandoned.refresh_from_db()
    assert abandoned.state == State.EXPIRED
    assert [getattr(abandoned, name) for name in IDENTITY_COLUMNS] == [""] * 5
    assert client.post(CONFIRM).url == FORM
    assert "前の手続きは終了しました" in text(client.get(FORM))
    assert "前の手続きは終了しました" not in text(client.get(FORM))
    assert other.post(CONFIRM).url == RESULT
    assert Patron.objects.count() == 1


def test_a_second_family_member_registers_next_on_the_same_browser(client):
    registered(client)
    assert client.post(reverse("registration:another")).url == FORM
    html = text(client.get(FORM))
    assert TARO.name not in html
    assert TYPED["email"] not in html
    identify(client, HANAKO)
    assert client.post(FORM, TYPED_BY_HANAKO).url == CONFIRM
    assert client.post(CONFIRM).url == RESULT
    assert Patron.objects.count() == 2
    assert len(set(Patron.objects.values_list("phone", "email"))) == 1


def test_twins_of_one_household_are_two_people(client):
    registered(client, TARO, first_name_kana="ユウキ")
    twin = replace(TARO, subject="twin", name="大分\u3000由希")
    registered(Client(), twin, first_name_kana="ユキ")
    assert Patron.objects.count() == 2


def test_a_second_person_may_register_while_a_patron_is_logged_in(client, django_user_model):
    client.force_login(
        django_user_model.objects.create(username="patron:1"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    registered(client, HANAKO, first_name_kana="ハナコ")
    assert Patron.objects.get().name == HANAKO.name


def test_the_result_is_shown_to_no_other_browser(client):
    registered(client)
    number = Patron.objects.get().number
    assert number not in text(Client().get(RESULT, follow=True))


def test_finish_forgets_the_result(client):
    registered(client)
    number = Patron.objects.get().number
    assert "終了しました" in text(client.post(reverse("registration:finish")))
    assert client.get(RESULT).url == FORM
    assert number not in text(client.get(FORM))


def test_finish_logs_out_whoever_is_logged_in(client, django_user_model):
    parent = django_user_model.objects.create_user("patron:1", "みずうみ-いちょう-42")
    client.force_login(parent, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("registration:finish"))
    assert "_auth_user_id" not in client.session
