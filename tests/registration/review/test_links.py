"""The link that is mailed after a decision: one use, one time, and nothing of anybody on it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from patrons.models import Patron
from registration.application import services
from registration.application.models import Application
from registration.review.models import Verdict
from tests.identity import follow
from tests.registration.review.reviews import (
    NAMESAKE,
    NAMESAKES_ENTRY,
    decided,
    mailed_key,
    namesake_case,
)
from tests.registration.support import FORM, TARO, draft_of, text

pytestmark = pytest.mark.django_db
PAGE = "/registration/review/"
TAROS_TWIN = {
    "name": NAMESAKE.name,
    "birthdate": NAMESAKE.birth_date,
    "address": NAMESAKE.address,
}


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", "only for this test")


@pytest.fixture
def case(staff):
    return namesake_case()


@pytest.fixture
def key(case, staff):
    """The key that the applicant gets who may go on."""
    decided(case, Verdict.OTHER_PERSON, staff)
    return mailed_key()


def press(client, key, purpose="registration"):
    return client.post(PAGE, {"key": key, "purpose": purpose})


def works(key):
    return Client().get(PAGE, {"key": key}).status_code == 200


def test_opening_the_link_any_number_of_times_uses_nothing_up(key, client, identity_service):
    for browser in (client, Client(), Client()):
        page = browser.get(PAGE, {"key": key})
        assert page.status_code == 200
        assert "<h1>登録の続き</h1>" in text(page)
        assert "no-store" in page["Cache-Control"]
        assert identity_service.issuer in page["Content-Security-Policy"]
    assert Client().head(PAGE, {"key": key}).status_code == 200
    assert press(client, key).url.startswith(identity_service.issuer)


def test_the_page_tells_nothing_of_anybody(key, client):
    html = text(client.get(PAGE, {"key": key}))
    known = Patron.objects.get()
    for secret in (
        known.number,
        "太郎",
        TARO.address,
        NAMESAKE.address,
        NAMESAKES_ENTRY["email"],
        NAMESAKES_ENTRY["phone"],
        "2013",
    ):
        assert secret not in html


def test_the_button_uses_the_link_up(key, client, identity_service):
    assert press(client, key).status_code == 302
    for answer in (client.get(PAGE, {"key": key}), press(Client(), key)):
        assert answer.status_code == 410
        assert "このリンクは使えません" in text(answer)
    assert draft_of(Client()) is None


def test_the_link_ends_with_its_days(key):
    Application.objects.exclude(link_until=None).update(
        link_until=timezone.now() - timedelta(seconds=1)
    )
    assert not works(key)


def test_no_changed_key_opens_anything(key):
    case = Application.objects.approved().get()
    other = "0" if key[-1] != "0" else "1"
    for wrong in (
        "",
        "x",
        key[:-1],
        key + "0",
        key[:-1] + other,
        "0" * 64,
        "あ" * 64,
        "\x00" * 64,
        "-" * 64,
        f"{case.pk}{key[36:]}",
        key[:32] + "é" * 32,
    ):
        assert not works(wrong), wrong
        assert press(Client(), wrong).status_code == 410
    assert works(key)


@pytest.mark.parametrize(
    "changes", [{"email": "other@example.jp"}, {"link_until": timezone.now() + timedelta(days=99)}]
)
def test_the_link_is_dead_after_anything_it_stands_for_changed(key, changes):
    Application.objects.approved().update(**changes)
    assert not works(key)


def test_one_cases_key_opens_no_other_case(key, staff):
    from dataclasses import replace

    from tests.registration.review.reviews import UNCLEAR, case_for

    other = case_for(replace(UNCLEAR, subject="other"), email="other@example.jp")
    decided(other, Verdict.OTHER_PERSON, staff)
    assert not works(other.pk.hex + key[32:])
    assert works(mailed_key("other@example.jp"))


def test_the_link_outlives_a_change_of_the_secret_key(key, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, just as long as the one before it was"
    assert works(key)
    settings.SECRET_KEY_FALLBACKS = []
    assert not works(key)


def test_finishing_without_the_link_kills_it(key):
    draft = services.attach_identity(application_id=None, identity=NAMESAKE)
    assert works(key)
    services.register(application_id=draft.pk)
    assert not works(key)


def test_another_card_at_the_link_gets_an_empty_form_of_its_own(key, client, identity_service):
    way = identity_service.approve(press(client, key).url, card="usuki")
    assert follow(client, way).url == FORM
    html = text(client.get(FORM))
    assert "臼杵　美里" in html
    for secret in ("太郎", NAMESAKES_ENTRY["email"], NAMESAKES_ENTRY["phone"], NAMESAKE.address):
        assert secret not in html
    # The right card goes on all the same.
    draft = services.attach_identity(application_id=None, identity=NAMESAKE)
    assert draft.email == NAMESAKES_ENTRY["email"]


def test_the_link_of_a_found_patron_asks_for_the_card_and_shows_no_number(
    case, staff, client, identity_service
):
    patron = Patron.objects.get()
    decided(case, Verdict.SAME_PERSON, staff, patron_id=patron.pk, replace_card=True)
    key = mailed_key()
    html = text(client.get(PAGE, {"key": key}))
    assert "<h1>登録が見つかりました</h1>" in html
    assert patron.number not in html
    away = press(client, key, "recover")
    assert away.url.startswith(identity_service.issuer)
    assert follow(client, identity_service.cancel(away.url)).url.startswith("/mylibrary/password/")
    assert not works(key)


def test_a_mail_to_the_counter_opens_nothing(case, staff):
    decided(case, Verdict.COUNTER, staff)
    case.refresh_from_db()
    assert not works(case.pk.hex + "0" * 32)


def test_an_interrupted_reading_goes_on_from_the_form(key, client, identity_service):
    away = press(client, key)
    assert follow(client, identity_service.cancel(away.url)).url.startswith(FORM)
    assert "本人確認を中止しました" in text(client.get(FORM, {"interrupted": "cancelled"}))
    assert Application.objects.approved().exists()


def test_no_log_has_the_key(key, client, caplog, identity_service):
    client.get(PAGE, {"key": key})
    press(client, key)
    client.get(PAGE, {"key": key})
    press(Client(enforce_csrf_checks=True), key)
    assert key not in "\n".join(record.getMessage() for record in caplog.records)
