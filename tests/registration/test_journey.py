"""The journey page by page, as a browser without JavaScript walks it."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from notices.models import Notice
from patrons.models import IdentityLink, Patron
from patrons.sequence import SEQUENCE
from registration import services, session
from registration.enums import ApplicationState as State
from registration.models import IDENTITY_COLUMNS, PERSONAL_COLUMNS, Application
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    OUTSIDER,
    RESULT,
    TARO,
    TYPED,
    TYPED_BY_HANAKO,
    draft_of,
    entered,
    hidden_fields,
    identify,
    outcome_of,
    registered,
)

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def test_the_form_before_identification_has_the_manuals_labels_and_empty_verified_rows(client):
    html = text(client.get(FORM))
    for label in ("名前", "生年月日", "住所", "マイナンバー読込", "リセット", "キャンセル", "登録"):
        assert label in html
    for label in (
        "名前カタカナ（全角）",
        "郵便番号（半角）",
        "電話番号（半角）",
        "E-mail（半角）",
        "予約連絡方法",
    ):
        assert f'<span class="req">【必須】</span>{label}' in html
    assert "登録の前に" in html
    assert "マニュアルはこちらからご覧になれます" in html
    assert html.index("リセット</button>") < html.index("キャンセル</button>")
    assert html.index("キャンセル</button>") < html.rindex("登録</button>")


def test_the_manuals_example_runs_through_unchanged(client):
    identify(client)
    html = text(client.get(FORM))
    for verified in (TARO.name, "2013 年 7月 20日", TARO.address):
        assert verified in html
    response = client.post(FORM, TYPED)
    assert response.url == CONFIRM
    html = text(client.get(CONFIRM))
    assert "<title>利用者情報登録確認｜" in html
    for shown in (
        TARO.name,
        "オオイタ タロウ",
        "2013/7/20",
        "8700000",
        TARO.address,
        "0970000000",
        "oita@oita.co.jp",
        "<dd>不要</dd>",
    ):
        assert shown in html
    response = client.post(CONFIRM, hidden_fields(html))
    assert response.url == RESULT
    patron = Patron.objects.get()
    html = text(client.get(RESULT))
    assert "<h1>利用者情報登録結果</h1>" in html
    for sentence in (
        "利用者情報登録申し込みを受付ました。",
        f"『{patron.number}』",
        "Myライブラリのログインパスワードは西暦から始まる生年月日8ケタです。"
        "（例）1992年4月2日生まれの方→19920402",
        "※利用者番号、ログインパスワードはMyライブラリログイン時に必要となりますので、"
        "お忘れにならないよう必ずお控えください。",
        "メールが届かない場合は、下のMyライブラリからメールアドレスの確認、修正をお願いします。",
        "Myライブラリログイン",
    ):
        assert sentence in html
    assert (patron.name, patron.birth_date, patron.address) == (
        TARO.name,
        TARO.birth_date,
        TARO.address,
    )
    assert {name: getattr(patron, name) for name in TYPED} == TYPED


def test_registering_links_the_identity_writes_the_notice_and_empties_the_application(client):
    application = registered(client)
    patron = Patron.objects.get()
    assert IdentityLink.objects.get().patron == patron
    notice = Notice.objects.get()
    assert (notice.patron, notice.recipient) == (patron, TYPED["email"])
    assert (application.state, application.patron) == (State.REGISTERED, patron)
    assert [getattr(application, name) for name in PERSONAL_COLUMNS] == [""] * 10
    assert application.municipality_code == "44201"
    assert application.residency_rule_version
    assert [row.to_state for row in application.transitions.all()] == [
        State.STARTED,
        State.IDENTIFIED,
        State.ENTERED,
        State.CONFIRMED,
        State.REGISTERED,
    ]


@pytest.mark.parametrize("path", [FORM, CONFIRM, RESULT])
@pytest.mark.parametrize("stage", [None, identify, entered, registered])
def test_no_page_of_the_journey_is_cached(client, path, stage):
    if stage:
        stage(client)
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("typed", [{}, TYPED], ids=["GET", "POST"])
def test_the_form_may_lead_to_the_identity_service_and_the_confirmation_may_not(client, typed):
    response = client.post(FORM, typed) if typed else client.get(FORM)
    form_action = _directive(response, "form-action")
    assert set(settings.MYNA_FORM_ACTION_ORIGINS) < set(form_action)
    entered(client)
    assert _directive(client.get(CONFIRM), "form-action") == ["'self'"]


def _directive(response, name):
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return next(rest for first, *rest in directives if first == name)


def test_registering_before_identification_asks_for_it_and_keeps_what_was_typed(client):
    response = client.post(FORM, TYPED)
    html = text(response)
    assert response.status_code == 422
    assert "<title>エラー：利用者情報登録｜" in html
    assert (
        "先に【マイナンバー読込】を押して、本人確認をしてください。入力した内容は残っています。"
        in html
    )
    assert 'value="oita@oita.co.jp"' in html
    assert not Application.objects.exists()


def test_a_wrong_field_gives_the_form_again_and_stores_nothing(client):
    draft = identify(client)
    before = Application.objects.values().get()
    response = client.post(FORM, TYPED | {"phone": "<b>110", "email": "a@b.jp, c@d.jp"})
    html = text(response)
    assert response.status_code == 422
    assert "<title>エラー：利用者情報登録｜" in html
    assert "入力内容に2件の誤りがあります" in html
    assert 'value="&lt;b&gt;110"' in html
    assert "E-mailは、1つだけ入力してください" in html
    assert TARO.name in html
    assert Application.objects.values().get() == before
    assert draft.transitions.count() == 2


@pytest.mark.parametrize("field", ["name", "birth_date", "address", "issuer", "subject", "state"])
def test_nothing_the_browser_sends_changes_what_was_verified(client, field):
    identify(client)
    client.post(FORM, TYPED | {field: "20000101"})
    client.post(CONFIRM, {field: "20000101"})
    patron = Patron.objects.get()
    assert (patron.name, patron.birth_date, patron.address) == (
        TARO.name,
        TARO.birth_date,
        TARO.address,
    )


def test_the_unknown_postal_code_is_confirmed_by_pressing_once_more(client):
    identify(client)
    response = client.post(FORM, TYPED | {"postal_code": "870-9999"})
    assert response.status_code == 422
    hidden = hidden_fields(text(response))
    assert client.post(FORM, TYPED | hidden | {"postal_code": "870-9999"}).url == CONFIRM


def test_an_address_outside_the_area_is_refused_with_what_to_do_next(client):
    application = identify(client, OUTSIDER)
    assert client.post(FORM, TYPED).url == RESULT
    for _ in range(2):
        html = text(client.get(RESULT))
        assert "<h1>インターネットでは登録できません</h1>" in html
        assert "登録は行われていません" in html
        assert reverse("counter") in html
    application.refresh_from_db()
    assert application.state == State.REFUSED
    assert [getattr(application, name) for name in PERSONAL_COLUMNS] == [""] * 10
    assert not Patron.objects.exists()


def test_the_same_person_again_is_told_to_use_the_number(client):
    registered(client)
    number = Patron.objects.get().number
    other = Client()
    identify(other)
    assert other.post(FORM, TYPED).url == RESULT
    html = text(other.get(RESULT))
    assert "<h1>すでに登録されている可能性があります</h1>" in html
    assert "貸出券をお持ちの方は、その番号をご利用ください" in html
    assert number not in html
    assert outcome_of(other).state == State.REFUSED
    assert Patron.objects.count() == 1


def test_a_namesake_of_the_same_day_goes_to_the_staff(client):
    registered(client)
    patron = Patron.objects.get()
    other = Client()
    identify(other, replace(TARO, subject="namesake"))
    assert other.post(FORM, TYPED).url == RESULT
    html = text(other.get(RESULT))
    assert "3開館日以内にお知らせします" in html
    assert patron.number not in html
    review = outcome_of(other)
    assert (review.state, review.candidate_ids) == (State.REVIEW, [patron.pk])
    assert review.name == TARO.name
    assert review.email == TYPED["email"]


def test_a_second_try_while_the_staff_look_updates_the_open_review(client):
    registered(client)
    namesake = replace(TARO, subject="namesake")
    first, second = Client(), Client()
    for browser, email in ((first, "first@oita.co.jp"), (second, "second@oita.co.jp")):
        identify(browser, namesake)
        assert browser.post(FORM, TYPED | {"email": email}).url == RESULT
        assert "3開館日以内にお知らせします" in text(browser.get(RESULT))
    assert Application.objects.in_review().get().email == "second@oita.co.jp"
    assert outcome_of(second).state == State.REFUSED


@pytest.mark.parametrize("birth_date", ["19500000", "19500300"])
def test_an_unknown_birth_date_goes_to_the_staff(client, birth_date):
    identify(client, replace(TARO, birth_date=birth_date))
    assert "不明" in text(client.get(FORM))
    assert client.post(FORM, TYPED).url == RESULT
    assert "<h1>図書館で確認します</h1>" in text(client.get(RESULT))
    assert outcome_of(client).state == State.REVIEW
    assert not Patron.objects.exists()


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
        (RESULT, registered, 2),
    ],
)
def test_a_page_costs_few_queries(client, django_assert_num_queries, path, stage, queries):
    if stage:
        stage(client)
    with django_assert_num_queries(queries):
        client.get(path)


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
