"""SDI: kept from any search, looked at before, paused, forgotten; nobody else sees it."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.utils import timezone

from audit.models import Record as Audit
from mylibrary.alerts.models import MOST_ALERTS, Alert, Arrival
from tests.catalog.shelves import a_record
from tests.mylibrary.alerts.test_running import an_alert
from tests.mylibrary.conftest import LOGIN, MENU, PRIVACY
from tests.patrons.people import imported_patron
from tests.registration.support import text

pytestmark = pytest.mark.django_db
SDI = "/mylibrary/sdi/"
NEW = "/mylibrary/sdi/new/"
SEARCH = "/catalog/search/"


def of(alert: Alert) -> str:
    return f"{SDI}{alert.pk}/"


def links(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(rf'href="({NEW}\?[^"]*)"', page)]


@pytest.fixture
def neko():
    return a_record("吾輩は猫である", authors=["夏目漱石"], series="岩波文庫", at=["main"])


def test_any_search_is_kept_from_its_results(at_home, member, neko):
    page = text(at_home.get(SEARCH, {"q": "猫", "branch": "main", "sort": "new", "page": "1"}))
    (link,) = links(page)
    shown = text(at_home.get(link))
    assert "吾輩は猫である" in shown
    assert "<li>「猫」</li>" in shown
    answer = at_home.post(link, {"name": "猫の本"})
    alert = Alert.objects.get()
    assert answer.url == of(alert)
    assert (alert.patron, alert.name) == (member, "猫の本")
    assert alert.query == urlencode({"q": "猫", "branch": "main"})
    assert "猫の本" in text(at_home.get(SDI))


def test_a_search_without_hits_is_kept_too(at_home):
    (link,) = links(text(at_home.get(SEARCH, {"q": "まだない本"})))
    shown = text(at_home.get(link))
    assert "この1か月に入った資料には、ありませんでした" in shown
    assert at_home.post(link, {"name": "まだ"}).status_code == 302


def test_a_record_leads_to_its_author_and_series_filled_in(at_home, neko):
    author, series = links(text(at_home.get(f"/catalog/{neko.pk}/")))
    for link, field, said in (
        (author, "word2", '"夏目漱石"'),
        (series, "word3", '"岩波文庫"'),
    ):
        page = text(at_home.get(link))
        assert f'name="{field}" value="{said.replace(chr(34), "&quot;")}"' in page
        assert "1点ありました" in page
    assert not links(text(at_home.get(f"/catalog/{a_record('無名').pk}/")))


def test_the_form_asks_for_keyword_author_series_number_and_class(at_home, neko):
    page = text(at_home.get(NEW))
    names = re.findall(r'<(?:input|select)[^>]* name="(field\d|word\d|class)"', page)
    assert sorted(names) == sorted(
        [*(f"{n}{r}" for n in ("field", "word") for r in range(1, 5)), "class"]
    )
    values = dict(re.findall(r'name="(field\d)" value="(\w+)"', page))
    asked = values | {"word1": "猫", "word2": "夏目漱石", "word3": "岩波", "word4": "", "class": ""}
    at_home.post(f"{NEW}?{urlencode(asked)}", {"name": "三つ"})
    (alert,) = Alert.objects.all()
    assert [term.field for term in alert.criteria.terms] == ["any", "author", "subject"]
    # What it is filled with asks for the same again.
    again = text(at_home.get(f"{NEW}?word1=猫&word2=夏目漱石&field2=author&class=9"))
    assert '<option value="9" selected>' in again
    assert 'name="word2" value="夏目漱石"' in again


def test_a_group_of_classes_alone_is_kept(at_home):
    at_home.post(f"{NEW}?class=9", {"name": "文学"})
    assert Alert.objects.get().query == "class=9"


def test_what_is_on_a_shelf_now_is_not_waited_for(at_home):
    assert "「貸出可能のみ」は使いません" in text(at_home.get(NEW, {"q": "猫", "available": "1"}))
    at_home.post(f"{NEW}?q=猫&available=1", {"name": "猫"})
    assert Alert.objects.get().query == urlencode({"q": "猫"})


@pytest.mark.parametrize(
    "query", ["word1=", "word1=！！", "q=&available=1&word1=", "field1=x&word1=%00"]
)
def test_without_a_condition_the_page_says_what_to_do(at_home, query):
    page = at_home.get(f"{NEW}?{query}")
    assert page.status_code == 422
    assert "ことばを入力するか、分類を選んでください" in text(page)
    assert at_home.post(f"{NEW}?{query}", {"name": "x"}).status_code == 422
    assert not Alert.objects.exists()


def test_what_was_typed_in_vain_is_shown_again(at_home):
    assert 'name="word1" value="！！"' in text(at_home.get(f"{NEW}?word1=！！"))


@pytest.mark.parametrize("name", ["", "　", "あ" * 61, "a\0b"])
def test_an_impossible_name_is_explained_and_nothing_is_lost(at_home, name):
    page = at_home.post(f"{NEW}?q=猫", {"name": name})
    assert page.status_code == 422
    assert 'id="id_name_error"' in text(page)
    assert "<li>「猫」</li>" in text(page)
    assert not Alert.objects.exists()


def test_a_name_is_suggested_that_fits(at_home):
    assert 'name="name" value="「猫」、9 文学"' in text(at_home.get(NEW, {"q": "猫", "class": "9"}))
    long = {"q": "長い書名" * 40}
    (name,) = re.findall(r'name="name" value="([^"]*)"', text(at_home.get(NEW, long)))
    assert len(name) == 60
    assert at_home.post(f"{NEW}?{urlencode(long)}", {"name": name}).status_code == 302


def test_the_same_search_is_not_kept_twice(at_home, member):
    alert = an_alert(member)
    for answer in (
        lambda: at_home.get(f"{NEW}?q=猫&sort=new"),
        lambda: at_home.post(f"{NEW}?q=猫", {"name": "又"}),
    ):
        assert answer().url == of(alert)
        assert "この条件は、もう登録してあります" in text(at_home.get(of(alert)))
    an_alert(imported_patron())
    assert Alert.objects.count() == 2


def test_no_more_than_some_are_kept_and_the_page_says_so(at_home, member):
    for number in range(MOST_ALERTS):
        an_alert(member, q=f"猫{number}")
    assert "お知らせは、30件までです" in text(at_home.get(SDI))
    page = at_home.post(f"{NEW}?q=犬", {"name": "犬"})
    assert page.status_code == 422
    assert "お知らせは、30件までです" in text(page)
    assert 'name="name" value="犬"' in text(page)


# -- Before a login ------------------------------------------------------------------------------


def test_who_presses_before_logging_in_loses_nothing(client, member, log_in):
    address = f"{NEW}?{urlencode({'q': '吾輩は猫である', 'class': '9'})}"
    answer = client.get(address)
    assert answer.url == f"{LOGIN}?next={quote(address)}"
    assert "sessionid" not in client.cookies
    page = client.get(log_in(client, member.number, next=address).url)
    assert "<li>「吾輩は猫である」</li>" in text(page)


def test_a_search_too_long_for_the_login_stays_on_the_page(client, member, log_in):
    address = f"{NEW}?{urlencode({'word1': '長い書名' * 40, 'word2': '著者の名前' * 30})}"
    page = client.get(address)
    assert page.status_code == 200
    assert "先にログインしてください" in text(page)
    (kept,) = links(text(page))
    log_in(client, member.number)
    assert client.post(kept, {"name": "長い"}).status_code == 302
    assert len(Alert.objects.get().query) > 2704


def test_what_is_sent_after_the_login_has_ended_leads_back_to_the_search(client, member):
    answer = client.post(f"{NEW}?q=cats", {"name": "猫"})
    assert answer.url == f"{LOGIN}?next={NEW}%3Fq%3Dcats"


# -- One alert -----------------------------------------------------------------------------------


def test_its_page_shows_what_came_and_what_last_month_would_have_brought(at_home, member, neko):
    alert = an_alert(member)
    a_record("猫の手帖", added_at=timezone.now() - timedelta(days=40))
    Arrival.objects.create(alert=alert, record=neko)
    gone = a_record("消えた猫", deleted_at=timezone.now())
    Arrival.objects.create(alert=alert, record=gone)
    page = text(at_home.get(of(alert)))
    assert "1点届きました" in page
    assert "1点ありました" in page
    assert page.count(f'href="/catalog/{neko.pk}/"') == 2
    assert "消えた猫" not in page
    assert "猫の手帖" not in page
    assert "届いた資料 1点" in text(at_home.get(SDI))


def test_it_is_renamed_paused_resumed_and_deleted_by_buttons(at_home, member):
    alert = an_alert(member)
    assert at_home.post(of(alert), {"name": ""}).status_code == 422
    at_home.post(of(alert), {"name": "新しい名前"})
    alert.refresh_from_db()
    assert alert.name == "新しい名前"
    for step in ("pause/", "resume/", "delete/"):
        at_home.get(of(alert) + step)
    assert not Alert.objects.get().paused_at
    at_home.post(of(alert) + "pause/")
    assert Alert.objects.get().paused_at
    assert "停止中" in text(at_home.get(SDI))
    at_home.post(of(alert) + "resume/")
    assert not Alert.objects.get().paused_at
    at_home.post(of(alert) + "delete/")
    assert not Alert.objects.exists()
    assert at_home.post(of(alert) + "delete/").status_code == 404


def test_nobody_else_reaches_it(at_home):
    alert = an_alert(imported_patron(), name="ひみつ")
    for step in ("", "delete/"):
        assert at_home.get(of(alert) + step).status_code == 404
    for step in ("", "pause/", "resume/", "delete/"):
        assert at_home.post(of(alert) + step, {"name": "x"}).status_code == 404
    assert "ひみつ" not in text(at_home.get(SDI))
    alert.refresh_from_db()
    assert (alert.name, alert.paused_at) == ("ひみつ", None)


def test_no_page_of_the_admin_is_about_it():
    models = {model._meta.model_name for model in admin.site._registry}
    assert not models & {"alert", "arrival", "catalogueread"}
    for name in ("alert", "arrival"):
        assert apps.get_model("mylibrary", name)._meta.default_permissions == ()


def test_keeping_and_forgetting_leave_no_record(at_home, member):
    before = Audit.objects.count()
    at_home.post(f"{NEW}?q=猫", {"name": "猫"})
    alert = Alert.objects.get()
    for step in ("pause/", "resume/", "delete/"):
        at_home.post(of(alert) + step)
    assert Audit.objects.count() == before


def test_the_list_costs_the_same_however_many_there_are(at_home, member, django_assert_num_queries):
    an_alert(member)
    at_home.get(SDI)
    with django_assert_num_queries(3):
        at_home.get(SDI)
    for number in range(5):
        an_alert(member, q=f"猫{number}", branch="main")
    with django_assert_num_queries(3):
        at_home.get(SDI)


def test_own_data_tell_all_of_it(at_home, member, neko):
    for number in range(3):
        alert = an_alert(member, name=f"猫{number}", q=f"猫{number}", branch="main")
        Arrival.objects.create(alert=alert, record=neko)
    page = text(at_home.get(PRIVACY))
    for told in ("猫2", "「猫2」、", "吾輩は猫である"):
        assert told in page


def test_the_menu_has_it_in_the_manual_s_order(at_home):
    page = text(at_home.get(MENU))
    assert page.index("利用者情報変更") < page.index(SDI) < page.index("通知メッセージ一覧")
