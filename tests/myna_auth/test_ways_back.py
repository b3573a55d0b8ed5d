"""What people do with windows, buttons and phones between our form and the service."""

from datetime import timedelta

import pytest
import requests
from django.test import Client
from django.utils import timezone

from myna_auth.models import AuthRequest
from myna_auth.services import purge_requests
from registration.application.models import Application
from tests.identity import follow
from tests.myna_auth.people import PERSON, TYPED
from tests.myna_auth.walks import approved

pytestmark = pytest.mark.django_db
FORM = "/registration/"


def form(client, address=FORM):
    return client.get(address).content.decode()


def drafts_with_somebody():
    return Application.objects.exclude(subject="")


def test_two_tabs_each_finish_and_the_last_card_counts(client, identity_service, events):
    first = identity_service.start(client, TYPED)
    second = identity_service.start(client, TYPED)

    follow(client, identity_service.approve(first, card="beppu"))
    response = follow(client, identity_service.approve(second, typed=PERSON))

    assert response.url == FORM
    assert events().count("identified") == 2
    assert drafts_with_somebody().get().name == PERSON["name"]


def test_the_first_tab_may_come_back_last(client, identity_service, events):
    first = identity_service.start(client, TYPED)
    second = identity_service.start(client, TYPED)

    follow(client, identity_service.approve(second, card="beppu"))
    follow(client, identity_service.approve(first, typed=PERSON))

    assert events().count("identified") == 2
    assert drafts_with_somebody().get().name == PERSON["name"]


def test_one_tab_cancelled_leaves_the_others_card(client, identity_service):
    first = identity_service.start(client, TYPED)
    second = identity_service.start(client, TYPED)
    follow(client, identity_service.approve(first, typed=PERSON))

    response = follow(client, identity_service.cancel(second))

    html = form(client, response.url)
    assert "本人確認を中止しました" in html
    assert "満寿代" in html
    assert drafts_with_somebody().count() == 1


@pytest.mark.parametrize("times", [1, 3])
def test_back_and_reload_of_the_callback_lead_to_the_filled_form(
    client, identity_service, events, times
):
    way_back = approved(client, identity_service)
    follow(client, way_back)

    for _ in range(times):
        response = follow(client, way_back)
        assert response.url == FORM

    assert events() == ["started", "identified", *["state_replayed"] * times]
    html = form(client)
    assert "満寿代" in html
    assert f'value="{TYPED["email"]}"' in html


def test_back_to_the_services_page_after_its_end_says_how_to_go_on(client, identity_service):
    address = identity_service.start(client, TYPED)
    page = requests.get(address, timeout=30).text
    transaction = identity_service._transaction(page)
    form_data = {"transaction": transaction, "card": "oita-taro"}
    for expected in (303, 400):
        response = requests.post(
            f"{identity_service.issuer}/card", data=form_data, allow_redirects=False, timeout=30
        )
        assert response.status_code == expected

    assert "図書館のサイトからやり直してください" in response.text


def test_the_browser_that_started_may_start_again_after_another_brought_the_answer(
    client, identity_service, events
):
    way_back = approved(client, identity_service)
    assert follow(Client(), way_back).status_code == 400
    assert not drafts_with_somebody().exists()

    # The state was seen by another browser, so it is burnt here too.
    assert follow(client, way_back).url == FORM
    assert not drafts_with_somebody().exists()
    assert follow(client, approved(client, identity_service)).url == FORM

    assert drafts_with_somebody().count() == 1
    assert events()[-1] == "identified"


def test_coming_back_after_ten_minutes_is_in_time_and_after_thirty_is_not(
    client, identity_service, events
):
    now = timezone.now()
    for minutes, reason in ((10, "identified"), (29, "identified"), (30, "request_expired")):
        way_back = approved(client, identity_service)
        AuthRequest.objects.filter(consumed_at=None).update(
            created_at=now - timedelta(minutes=minutes),
            expires_at=AuthRequest.objects.latest("pk").expires_at - timedelta(minutes=minutes),
        )
        response = follow(client, way_back)
        assert events()[-1] == reason

    assert "本人確認の時間が過ぎました" in form(client, response.url)


def test_coming_back_late_is_told_so_also_after_the_worker_has_swept(
    client, identity_service, events
):
    way_back = approved(client, identity_service)
    AuthRequest.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    purge_requests()

    response = follow(client, way_back)

    assert events()[-1] == "request_expired"
    html = form(client, response.url)
    assert "本人確認の時間が過ぎました" in html
    assert f'value="{TYPED["email"]}"' in html


def test_another_person_at_the_same_browser_replaces_the_first(client, identity_service):
    follow(client, approved(client, identity_service))
    identity_service.sign_in(client, card="beppu")

    assert drafts_with_somebody().get().name == "別府　湯太"
    assert "満寿代" not in form(client)
