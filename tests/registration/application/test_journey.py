"""The journey page by page, as a browser without JavaScript walks it."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notices.models import Notice
from patrons.models import IdentityLink, Patron
from patrons.residency import RULES
from patrons.residency_services import COLUMNS
from registration.application.enums import ApplicationState as State
from registration.application.enums import Reason
from registration.application.models import PERSONAL_COLUMNS, Application
from tests.registration.support import (
    CONFIRM,
    FORM,
    OUTSIDER,
    RESULT,
    TARO,
    TYPED,
    draft_of,
    entered,
    hidden_fields,
    identify,
    outcome_of,
    registered,
    text,
)

pytestmark = pytest.mark.django_db


def test_the_form_before_identification_has_the_manuals_labels_and_empty_verified_rows(client):
    html = text(client.get(FORM))
    for label in ("名前", "生年月日", "住所", "マイナンバー読込", "リセット", "キャンセル"):
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
    assert "登録</button>" not in html
    assert "本人確認が済みました" not in html


def test_the_form_after_identification_says_so_and_has_the_manuals_buttons_in_its_order(client):
    identify(client)
    html = text(client.get(FORM))
    assert "本人確認が済みました" in html
    assert html.count("（済み）") == 1
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


def test_an_address_outside_the_area_is_told_before_anything_is_typed(client):
    application = identify(client, OUTSIDER)
    html = text(client.get(FORM))
    for said in (
        "インターネットでは登録できません",
        "マイナンバーカードの住所が、対象の地域ではありません。登録は行われていません。",
        "先にお住まいの市町村でカードの住所を変更してください",
        "続けて別の方を登録する",
        reverse("counter"),
    ):
        assert said in html
    assert "本人確認が済みました" not in html
    assert (application.state, application.residency_reason) == (State.IDENTIFIED, "not_eligible")
    assert application.residency_rule_version == RULES.version
    identify(client)
    assert "インターネットでは登録できません" not in text(client.get(FORM))


def test_an_address_outside_the_area_is_refused_with_what_to_do_next(client):
    application = identify(client, OUTSIDER)
    decided = [getattr(application, name) for name in COLUMNS]
    assert client.post(FORM, TYPED).url == RESULT
    for _ in range(2):
        html = text(client.get(RESULT))
        assert "<h1>インターネットでは登録できません</h1>" in html
        assert "登録は行われていません" in html
        assert reverse("counter") in html
    application.refresh_from_db()
    assert application.state == State.REFUSED
    assert [getattr(application, name) for name in COLUMNS] == decided
    assert [getattr(application, name) for name in PERSONAL_COLUMNS] == [""] * 10
    assert not Patron.objects.exists()


def test_an_address_nobody_can_read_is_not_said_to_be_outside_the_area(client):
    application = identify(client, replace(TARO, address="Oita-shi Kanaikeminami 1-5-1"))
    html = text(client.get(FORM))
    assert "市町村を読み取れませんでした" in html
    assert "対象の地域ではありません" not in html
    assert client.post(FORM, TYPED).url == RESULT
    html = text(client.get(RESULT))
    assert "市町村を読み取れませんでした" in html
    assert "登録は行われていません" in html
    assert "対象の地域ではありません" not in html
    assert reverse("counter") in html
    assert application.transitions.last().reason == Reason.ADDRESS_UNREADABLE
    application.refresh_from_db()
    assert application.state == State.REFUSED


def test_a_postal_code_before_the_address_is_no_obstacle(client):
    address = "〒870-0839 大分市金池南1-5-1"
    patron = registered(client, replace(TARO, address=address)).patron
    assert patron.address == address
    assert patron.municipality_code == "44201"


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
    assert "不詳" in text(client.get(FORM))
    assert client.post(FORM, TYPED).url == RESULT
    assert "<h1>図書館で確認します</h1>" in text(client.get(RESULT))
    assert outcome_of(client).state == State.REVIEW
    assert not Patron.objects.exists()
    again = Client()
    identify(again, replace(TARO, birth_date=birth_date))
    assert again.post(FORM, TYPED).url == RESULT
    assert "<h1>図書館で確認します</h1>" in text(again.get(RESULT))


def test_an_unknown_postal_code_is_asked_about_on_the_page_and_taken_at_the_second_press(client):
    identify(client)
    asked = client.post(FORM, TYPED | {"postal_code": "8709999"})
    assert asked.status_code == 422
    assert "この郵便番号でよろしいですか" in text(asked)
    assert "郵便番号をご確認ください</h2>" in text(asked)
    assert "誤り" not in text(asked)
    assert "<title>利用者情報登録｜" in text(asked)
    wrong = client.post(FORM, TYPED | {"postal_code": "8709999", "phone": ""})
    assert "入力内容に1件の誤りがあります" in text(wrong)
    again = hidden_fields(text(asked)) | TYPED | {"postal_code": "8709999"}
    assert client.post(FORM, again).url == CONFIRM
    other = client.post(FORM, again | {"postal_code": "8709998"})
    assert "この郵便番号でよろしいですか" in text(other)


def test_a_likely_slip_of_an_address_is_asked_about_with_two_buttons(client):
    identify(client)
    slip = TYPED | {"email": "abc@gmial.com", "phone": "097 000 0000"}
    asked = client.post(FORM, slip)
    page = text(asked)
    assert asked.status_code == 422
    assert "<title>利用者情報登録｜" in page
    assert "誤り" not in page
    assert '<h2 class="note__title" id="question-title">E-mailをご確認ください</h2>' in page
    assert "「gmial.com」は「gmail.com」の打ち間違いではありませんか" in page
    assert 'value="097 000 0000"' in page
    assert draft_of(client).email == ""
    button = 'form="entry" name="email_answer" value="abc@gmail.com">gmail.comに直す</button>'
    assert button in " ".join(page.split())
    assert 'form="entry">このまま進む</button>' in page
    again = slip | hidden_fields(page)
    assert client.post(FORM, again | {"email_answer": "abc@gmail.com"}).url == CONFIRM
    assert draft_of(client).email == "abc@gmail.com"
    assert client.post(FORM, again).url == CONFIRM
    assert draft_of(client).email == "abc@gmial.com"


def test_an_answer_is_remembered_for_the_same_address_alone(client):
    identify(client)
    slip = TYPED | {"email": "abc@docomo.co.jp"}
    answered = slip | hidden_fields(text(client.post(FORM, slip)))
    wrong = client.post(FORM, answered | {"phone": "1"})
    assert "入力内容に1件の誤りがあります" in text(wrong)
    assert hidden_fields(text(wrong))["email_confirmed"] == "abc@docomo.co.jp"
    assert client.post(FORM, answered).url == CONFIRM
    # Back from the confirmation: the page knows nothing of an answer, the draft does.
    assert client.post(FORM, slip).url == CONFIRM
    other = client.post(FORM, slip | {"email": "abcd@docomo.co.jp"})
    assert other.status_code == 422
    assert "docomo.ne.jpに直す" in text(other)


def test_a_question_in_english(client, settings):
    identify(client)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = text(client.post(FORM, TYPED | {"email": "abc@ezweb.co.jp", "postal_code": "8709999"}))
    for said in (
        "Check what you typed",
        "Is this postal code right?",
        "You typed “ezweb.co.jp”. Did you mean “ezweb.ne.jp”?",
        "Change to ezweb.ne.jp",
        "Go on as it is",
    ):
        assert said in page


def test_a_postal_code_elsewhere_is_shown_beside_the_cards_address(client):
    identify(client)
    html = text(client.post(FORM, TYPED | {"postal_code": "8740000"}))
    row = html.index('name="postal_code"')
    assert "この郵便番号は大分県別府市のものです" in html
    assert "<input" not in html[row : html.index(TARO.address)]


def test_only_a_library_system_that_has_to_be_told_takes_its_minutes(client, settings):
    patron = registered(client).patron
    said = "『今登録しました』とお伝えください"
    assert said not in text(client.get(RESULT))
    settings.PATRON_EXPORT_FOLDER = "/nowhere"
    assert "貸出の準備に5分ほどかかります" in text(client.get(RESULT))
    assert said in text(client.get(RESULT))
    Patron.objects.filter(pk=patron.pk).update(exported_at=timezone.now())
    assert said in text(client.get(RESULT))
    Patron.objects.filter(pk=patron.pk).update(reflected_at=timezone.now())
    assert said not in text(client.get(RESULT))
