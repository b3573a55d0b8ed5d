"""Where staff choose books: every wish for a title at once, and of nobody whose it is."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from audit.models import Record as AuditRecord
from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.models import PurchaseSuggestion, WantedTitle
from mylibrary.requests.services import withdraw
from tests.catalog.shelves import a_record
from tests.mylibrary.requests.wishes import AUTHOR, ISBN, TITLE, decided, wished
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db
TITLES = "/admin/mylibrary/wantedtitle/"


@pytest.fixture
def selector(staff) -> Client:
    """The browser of somebody who chooses books."""
    staff.groups.add(Group.objects.get(name="選書"))
    client = Client()
    client.force_login(staff, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def wanted(member, other) -> WantedTitle:
    """A title that two patrons asked for."""
    wished(member, author=AUTHOR, isbn=ISBN, remark="青い表紙の版")
    return wished(other, "月光のなかの　図書館", author=AUTHOR).wanted


def page_of(wanted) -> str:
    return f"{TITLES}{wanted.pk}/change/"


def choose(client, wanted, choice, **typed):
    """Press a button; return the page that says what will happen."""
    shown = hidden_fields(text(client.get(page_of(wanted))))
    return client.post(page_of(wanted), shown | {"choice": choice} | typed)


def agree(client, wanted, page):
    return client.post(page_of(wanted), hidden_fields(text(page)))


def test_wishes_for_one_title_are_one_row_with_their_number(selector, wanted, other):
    wished(other, "由布の植物")
    page = selector.get(TITLES)
    assert [row.pk for row in page.context["cl"].result_list] == [wanted.pk, wanted.pk + 1]
    assert re.search(r'field-wanted_by">\s*2\s*<', page.content.decode())
    html = text(selector.get(page_of(wanted)))
    for said in (TITLE, "月光のなかの\u3000図書館", "青い表紙の版", "リクエストした人：2人", ISBN):
        assert said in html


@pytest.mark.parametrize("word", ["月光", "ゲッコウノ", "別府　図書館", "4-00-310101-4", ISBN])
def test_titles_are_found_by_words_and_isbn(selector, wanted, word):
    found = selector.get(TITLES, {"q": word}).context["cl"].result_count
    assert found == (word != "ゲッコウノ")


def test_nothing_says_who_asked(selector, wanted, member, other):
    """No page, no search and nothing that is recorded of what staff do here."""
    agree(selector, wanted, choose(selector, wanted, "considered"))
    pages = [
        text(selector.get(address))
        for address in (TITLES, page_of(wanted), f"{TITLES}{wanted.pk}/history/", "/admin/")
    ]
    pages.append(text(choose(selector, wanted, "buying")))
    told = [one for who in (member, other) for one in (who.number, who.name, who.email)]
    assert [secret for secret in told for page in pages if secret in page] == []
    for secret in (*told, str(member.pk)):
        assert not selector.get(TITLES, {"q": secret}).context["cl"].result_count
        for lookup in ("suggestions__patron", "suggestions__patron__number__startswith"):
            assert selector.get(TITLES, {lookup: secret}).status_code == 400
    for address in ("/admin/patrons/patron/", "/admin/mylibrary/purchasesuggestion/"):
        assert selector.get(address).status_code in (403, 404)
    assert selector.post(f"{TITLES}export/").status_code == 403
    rows = AuditRecord.objects.filter(object_type__startswith="mylibrary.")
    assert {row.event for row in rows} >= {"title_decided", "staff_opened", "staff_listed"}
    assert {row.patron_id for row in rows} == {None}


def test_one_decision_answers_all(selector, wanted, staff):
    page = choose(selector, wanted, "buying", sentence="春に届きます", note="書店に在庫あり")
    html = text(page)
    assert "まだ決定していません" in html
    assert "リクエストした2人に「購入します」と知らせます" in html
    assert "利用者への説明：春に届きます" in html
    assert agree(selector, wanted, page).url == TITLES
    wanted.refresh_from_db()
    decision = wanted.decisions.get()
    assert (wanted.state, decision.sentence, decision.note, decision.staff) == (
        *("buying", "春に届きます", "書店に在庫あり"),
        staff,
    )
    assert PurchaseSuggestion.objects.exclude(answered_at=None).count() == 2
    html = text(selector.get(page_of(wanted)))
    assert "購入します（春に届きます）" in html
    assert 'value="considered"' not in html
    assert wanted.pk in [
        row.pk for row in selector.get(TITLES, {"situation": "coming"}).context["cl"].result_list
    ]


def test_what_is_ready_is_a_record_of_the_catalogue(selector, wanted):
    record = a_record(TITLE, isbns=[ISBN], control_number="R1")
    assert f"書誌番号 {record.control_number}" in text(selector.get(page_of(wanted)))
    refused = choose(selector, wanted, "ready")
    assert refused.status_code == 422
    assert "用意した資料を入力してください" in text(refused)
    refused = choose(selector, wanted, "ready", record="R2", sentence="2階です")
    assert refused.status_code == 422
    assert "この番号の資料がありません" in text(refused)
    assert "2階です" in text(refused)
    page = choose(selector, wanted, "ready", record=ISBN)
    assert f"用意した資料：{TITLE}" in text(page)
    agree(selector, wanted, page)
    wanted.refresh_from_db()
    assert (wanted.state, wanted.record) == ("ready", record)


def test_what_was_borrowed_may_have_no_record(selector, wanted, staff):
    assert 'value="ready_borrowed"' not in text(selector.get(page_of(wanted)))
    decided(wanted, staff, TitleState.BORROWING)
    agree(selector, wanted, choose(selector, wanted, "ready_borrowed"))
    wanted.refresh_from_db()
    assert (wanted.state, wanted.record) == ("ready", None)


def test_another_reason_is_said_to_who_asked(selector, wanted):
    refused = choose(selector, wanted, "other", note="職員だけのメモ")
    assert refused.status_code == 422
    assert "利用者への説明を書いてください" in text(refused)
    page = choose(selector, wanted, "other", sentence="館内の端末で読めます")
    agree(selector, wanted, page)
    wanted.refresh_from_db()
    decision = wanted.decisions.get()
    assert (decision.state, decision.reason) == (TitleState.DECLINED, DeclineReason.OTHER)


def test_what_changed_meanwhile_is_said_and_what_was_typed_stays(selector, wanted, member, staff):
    page = choose(selector, wanted, "buying", sentence="春に届きます")
    decided(wanted, staff, TitleState.CONSIDERED)
    late = agree(selector, wanted, page)
    assert late.status_code == 409
    assert "春に届きます" in text(late)
    wanted.refresh_from_db()
    assert wanted.state == TitleState.CONSIDERED


def test_what_all_took_back_is_not_decided(selector, member):
    own = wished(member)
    page = choose(selector, own.wanted, "buying")
    withdraw(patron=member, public_id=own.public_id)
    late = agree(selector, own.wanted, page)
    assert late.status_code == 409
    assert "リクエストした人が全員取り下げています" in text(late)
    assert selector.get(TITLES).context["cl"].result_count == 0


def test_what_was_asked_for_before_is_shown(selector, wanted, member, staff):
    decided(wanted, staff, TitleState.DECLINED, DeclineReason.UNAVAILABLE)
    again = wished(member, isbn=ISBN).wanted
    html = text(selector.get(page_of(again)))
    assert "同じ資料の、前のリクエスト" in html
    assert page_of(wanted) in html


def test_who_may_only_look_decides_nothing(wanted, django_user_model):
    looking = django_user_model.objects.create_user("looking", is_staff=True)
    client = Client()
    client.force_login(looking, "django.contrib.auth.backends.ModelBackend")
    assert client.get(page_of(wanted)).status_code == 403
    assert client.post(page_of(wanted), {"choice": "buying"}).status_code == 403


def test_the_first_page_counts_what_waits_for_a_decision(selector, wanted, staff):
    said = f'<a href="{TITLES}">リクエストの決定待ち <strong>1件</strong></a>'
    assert said in text(selector.get("/admin/"))
    decided(wanted, staff)
    assert said.replace("1件", "0件") in text(selector.get("/admin/"))
