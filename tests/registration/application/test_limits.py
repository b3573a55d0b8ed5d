"""What the journey does at its limits: no numbers left, apps, logs, broken bodies, queries."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from notices.models import Notice
from patrons.models import IdentityLink, Patron
from patrons.numbers import SEQUENCE
from registration import session
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from tests.registration.support import (
    CONFIRM,
    FORM,
    RESULT,
    TARO,
    TYPED,
    entered,
    hidden_fields,
    identify,
    registered,
    text,
)

pytestmark = pytest.mark.django_db


def test_when_numbers_run_out_nothing_is_lost(client):
    draft = entered(client)
    use_up_all_numbers()
    response = client.post(CONFIRM)
    assert response.status_code == 503
    assert "ただいま番号をお出しできません" in text(response)
    draft.refresh_from_db()
    assert (draft.state, draft.email) == (State.CONFIRMED, TYPED["email"])
    assert not Patron.objects.exists()
    assert not Notice.objects.exists()
    assert client.get(CONFIRM).status_code == 200
    make_numbers_available()
    assert client.post(CONFIRM).url == RESULT


def use_up_all_numbers():
    # Restarting a sequence is undone with the test's transaction, setval() would not be.
    with connection.cursor() as cursor:
        cursor.execute("SELECT seqmax FROM pg_sequence WHERE seqrelid = %s::regclass", [SEQUENCE])
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} RESTART WITH {cursor.fetchone()[0]}")
        cursor.execute("SELECT nextval(%s)", [SEQUENCE])


def make_numbers_available():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} RESTART")


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Safari Line/14.10.0",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/400.0]",
        "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36 Instagram 300.0",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 YJApp-IOS jp.co.yahoo.ipn.appli",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 GSA/383.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 Twitter for iPhone/11.5",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 musical_ly_41.5 BytedanceWebview/d8a21c6",
        "Mozilla/5.0 (Linux; Android 15; wv) Version/4.0 Chrome/140 Mobile Safari/537.36",
    ],
)
def test_inside_an_app_the_form_says_which_browser_to_use(client, user_agent):
    sentence = "SafariまたはChromeで開いてください"
    assert sentence in text(client.get(FORM, headers={"user-agent": user_agent}))
    assert sentence not in text(client.get(FORM, headers={"user-agent": "Mozilla/5.0 Safari"}))


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("cancelled", "本人確認を中止しました"),
        ("unavailable", "本人確認サービスに接続できません"),
        ("expired", "本人確認の時間が過ぎました"),
        ("rejected", "本人確認ができませんでした"),
        ("<script>", "本人確認ができませんでした"),
    ],
)
def test_an_interrupted_identification_comes_back_to_a_calm_form(client, reason, title):
    response = client.get(FORM, {"interrupted": reason})
    assert response.status_code == 200
    assert title in text(response)
    assert "登録は行われていません" in text(response)
    assert "<script>" not in text(response)


@pytest.mark.parametrize(
    ("path", "stage", "queries"),
    [
        (FORM, None, 0),
        (FORM, identify, 2),
        (CONFIRM, entered, 2),
        # After the first visit, which stores the code that is shown for the phone.
        (RESULT, lambda client: registered(client) and client.get(RESULT), 3),
    ],
)
def test_a_page_costs_few_queries(client, django_assert_num_queries, path, stage, queries):
    if stage:
        stage(client)
    with django_assert_num_queries(queries):
        client.get(path)


@pytest.mark.parametrize(
    ("path", "stage", "queries"), [(FORM, identify, 8), (CONFIRM, entered, 16)]
)
def test_a_post_costs_few_queries(client, django_assert_num_queries, path, stage, queries):
    stage(client)
    fields = TYPED | hidden_fields(client.get(path).content.decode())
    with django_assert_num_queries(queries):
        assert client.post(path, fields).status_code == 302


def test_a_cancelled_draft_is_not_registered_by_a_request_on_its_way(client):
    draft = entered(client)
    services.cancel(application_id=draft.pk)
    assert services.register(application_id=draft.pk).state == State.EXPIRED
    assert not Patron.objects.exists()


def test_patron_mail_and_message_are_stored_together_or_not_at_all(client):
    draft = entered(client)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notices_notice ADD CONSTRAINT never CHECK (patron_id IS NULL)")
    with pytest.raises(IntegrityError), transaction.atomic():
        services.register(application_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.name) == (State.ENTERED, TARO.name)
    assert not Patron.objects.exists()
    assert not IdentityLink.objects.exists()


def test_the_login_page_can_ask_for_the_number_just_given(client, rf):
    def number_for(browser):
        request = rf.get("/")
        request.session = browser.session
        return session.result_number(request)

    assert number_for(client) == ""
    application = registered(client)
    assert number_for(client) == application.patron.number
    assert number_for(Client()) == ""
    Application.objects.filter(pk=application.pk).update(expires_at=application.created_at)
    assert number_for(client) == ""


def test_nothing_personal_is_logged(client, caplog):
    caplog.set_level("DEBUG")
    client.post(FORM, TYPED)
    identify(client)
    client.post(FORM, TYPED | {"phone": "まちがい"})
    client.post(FORM, TYPED)
    client.post(CONFIRM)
    again = Client()
    identify(again)
    again.post(FORM, TYPED)
    for personal in (
        TARO.name,
        "太郎",
        TARO.birth_date,
        "金池南",
        "オオイタ",
        *list(TYPED.values())[3:5],
    ):
        assert personal not in _without_sql(caplog)


def _without_sql(caplog):
    return "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )


@pytest.mark.parametrize("path", [FORM, CONFIRM, "/registration/reset/", "/registration/cancel/"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"last_name_kana=%ff%fe&phone=%00%ed%a0%80", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"shown=%ED%A0%80.%ff&phone=1&phone=2", "application/x-www-form-urlencoded"),
        (b"shown=00000000-0000-0000-0000-000000000000.x", "application/x-www-form-urlencoded"),
        (b'{"phone": 1}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    ],
)
def test_no_body_whatever_is_a_server_error(client, path, body, content_type):
    entered(client)
    assert client.post(path, body, content_type=content_type).status_code < 500
    assert not Patron.objects.exclude(name=TARO.name).exists()
