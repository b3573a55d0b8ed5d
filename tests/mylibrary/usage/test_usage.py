"""利用状況: what it says of loans and holds, renewing, and what can be changed of a hold."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from circulation import port
from circulation.checks import library_system_is_known
from circulation.enums import Refusal
from circulation.local.holding import expire_holds, place_hold
from circulation.local.system import LocalSystem
from circulation.models import Hold, Loan
from circulation.port import Account, Capability, Counts, Document, Outcome, Status
from mylibrary.usage import words
from tests.catalog.shelves import a_record, an_item
from tests.mylibrary.conftest import CARD, MENU, USAGE
from tests.mylibrary.usage.lent import a_hold, a_loan, branch, come_back, somebody, words_of

TOKYO = ZoneInfo("Asia/Tokyo")
NINE = datetime(2026, 3, 10, 9, 0, tzinfo=TOKYO)
ASK = "貸出状況は、窓口でお尋ねください"


def shown(client, path=USAGE) -> str:
    return words_of(client.get(path, follow=True))


def day(days: int) -> str:
    return words.day(timezone.localdate() + timedelta(days=days))


@pytest.fixture
def lent_elsewhere(monkeypatch):
    """Return `lent_elsewhere(**methods)`: another system lends, which answers with these."""

    def use(**methods):
        system = type("OtherSystem", (LocalSystem,), methods)()
        monkeypatch.setattr(port, "_adapter", lambda name: system)

    return use


def unavailable(*known):
    def raises(self, *, patron):
        raise port.Unavailable(*known)

    return raises


def test_loans_are_told_with_their_days_the_late_ones_first(at_home, member):
    a_loan(member, "こころ", days_ago=11)
    a_loan(member, "三四郎", days_ago=16)
    a_loan(member, "門", days_ago=14)
    page = shown(at_home)
    assert re.search(r"\d+月\d+日\d+時\d\d分現在", page)
    assert "借りている資料（3冊）" in page
    assert f"三四郎 延滞 {day(-2)}まで（2日過ぎています）" in page
    assert f"門 {day(0)}まで（きょうが期限です）" in page
    assert f"こころ {day(3)}まで（あと3日）" in page
    assert page.index("三四郎") < page.index("門 ") < page.index("こころ")


def test_nothing_is_said_to_be_nothing(at_home):
    page = shown(at_home)
    assert "借りている資料（0冊）" in page
    assert "予約している資料はありません" in page


def test_one_is_renewed_and_told_until_when(at_home, member):
    loan = a_loan(member, "こころ", days_ago=10)
    page = words_of(at_home.post(f"{USAGE}renew/", {"loan": loan.pk}, follow=True))
    assert "1冊を延長しました。" in page
    assert f"延長しました。返却期限は{day(14)}です。" in page
    assert "延長する" not in page
    loan.refresh_from_db()
    assert loan.due == timezone.localdate() + timedelta(days=14)
    assert "1冊を延長しました。" not in shown(at_home)


@pytest.mark.parametrize("again", ["all", None])
def test_sent_again_after_a_lost_answer_it_is_told_as_renewed(at_home, member, again):
    loan = a_loan(member, "こころ", days_ago=10)
    at_home.post(f"{USAGE}renew/", {"loan": loan.pk})
    page = words_of(at_home.post(f"{USAGE}renew/", {"loan": again or loan.pk}, follow=True))
    assert "1冊を延長しました。" in page
    assert "できませんでした" not in page
    assert f"延長しました。返却期限は{day(14)}です。" in page


def test_all_that_can_be_are_renewed_and_of_the_others_is_said_why_not(at_home, member):
    first, second = (a_loan(member, title, days_ago=10) for title in ("こころ", "三四郎"))
    wanted = a_loan(member, "門", days_ago=10)
    place_hold(patron=somebody(), record=wanted.record, pickup=branch())
    page = shown(at_home)
    assert page.count("延長する （") == 2
    assert f"延長できません：{Refusal.WAITED_FOR.label}" in page
    page = words_of(at_home.post(f"{USAGE}renew/", {"loan": "all"}, follow=True))
    assert "2冊を延長しました。" in page
    assert set(Loan.objects.filter(renewals=1)) == {first, second}


def test_what_cannot_be_renewed_says_why_also_where_it_is_pressed(at_home, member):
    other = a_loan(somebody(), days_ago=10)
    magazine = a_loan(member, "アララギ", days_ago=10, material="magazine")
    sent = {"loan": [magazine.pk, other.pk, "x", "9" * 30]}
    page = words_of(at_home.post(f"{USAGE}renew/", sent, follow=True))
    assert "2冊は延長できませんでした。" in page
    assert str(Refusal.NOT_LENT.label) in page
    assert f"延長できません：{Refusal.NOT_RENEWED.label}" in page
    assert not Loan.objects.filter(renewals=1).exists()


def test_holds_are_told_with_place_branch_and_shelf(at_home, member):
    a_hold(member, "門", before=2)
    come_back(a_hold(member, "三四郎"))
    page = shown(at_home)
    assert "門 順番待ち（3番目） 受取館：" in page
    ready = Hold.objects.get(state="ready")
    assert f"三四郎 利用可能 {branch().name}で、{words.day(ready.keep_until)}までに" in page
    assert f"取り置き番号は{ready.shelf_number}です" in page
    assert page.index("三四郎") < page.index("門 ")


def test_a_hold_that_was_not_fetched_is_told(at_home, member):
    come_back(a_hold(member), days_ago=30)
    assert expire_holds() == 1
    page = shown(at_home)
    assert "期限切れ" in page
    assert "変更・取り消し" not in page


def test_a_hold_is_fetched_elsewhere_and_put_off(at_home, member):
    hold = a_hold(member)
    own = {"hold": hold.pk}
    assert at_home.get(f"{USAGE}hold/", own).status_code == 200
    at_home.post(f"{USAGE}hold/pickup/", own | {"pickup": "compal"})
    at_home.post(f"{USAGE}hold/suspend/", own | {"until": "２０９９／１／１"})
    hold.refresh_from_db()
    assert hold.pickup.code == "compal"
    assert hold.suspended_until is None
    until = timezone.localdate() + timedelta(days=40)
    page = at_home.post(f"{USAGE}hold/suspend/", own | {"until": f"{until:%Y-%m-%d}"}, follow=True)
    assert f"{words.day(until)}まで休止しています" in words_of(page)
    at_home.post(f"{USAGE}hold/resume/", own)
    hold.refresh_from_db()
    assert hold.suspended_until is None


@pytest.mark.parametrize(
    ("button", "typed", "said"),
    [
        ("pickup", {"pickup": "nowhere"}, "受け取る館を、一覧から選んでください"),
        ("pickup", {}, "受け取る館を、一覧から選んでください"),
        ("suspend", {"until": "あした"}, "2027/4/1のように入力してください"),
        ("suspend", {"until": "2027-02-30"}, "2027/4/1のように入力してください"),
        ("suspend", {"until": "1999-02-03"}, "あすから1年後までの日にしてください"),
    ],
)
def test_bad_input_is_asked_for_again(at_home, member, button, typed, said):
    hold = a_hold(member)
    answer = at_home.post(f"{USAGE}hold/{button}/", {"hold": hold.pk} | typed)
    assert answer.status_code == 422
    assert said in words_of(answer)


def test_cancelling_is_asked_once_more(at_home, member):
    hold = a_hold(member)
    asked = at_home.get(f"{USAGE}hold/cancel/", {"hold": hold.pk})
    assert "取り消しますか" in words_of(asked)
    assert Hold.objects.filter(pk=hold.pk).exists()
    page = words_of(at_home.post(f"{USAGE}hold/cancel/", {"hold": hold.pk}, follow=True))
    assert "予約を取り消しました。" in page
    assert not Hold.objects.filter(pk=hold.pk).exists()


@pytest.mark.parametrize("what", ["", "pickup/", "suspend/", "resume/", "cancel/"])
def test_the_hold_of_somebody_else_is_nobodys(at_home, member, what):
    hold = a_hold(somebody())
    sent = {"hold": hold.pk, "pickup": "compal", "until": "2027-01-01"}
    page = words_of(at_home.post(f"{USAGE}hold/{what}", sent, follow=True))
    assert str(Refusal.HOLD_GONE.label) in page
    hold.refresh_from_db()
    assert (hold.pickup.code, hold.suspended_until) == ("main", None)


def test_what_is_not_known_is_not_nothing(at_home, settings):
    settings.LIBRARY_SYSTEM = "none"
    for path in (USAGE, CARD):
        page = shown(at_home, path)
        assert ASK in page
        assert "0冊" not in page
    assert "0冊" not in shown(at_home, MENU)


def test_a_system_that_nobody_knows_is_an_error(settings):
    assert library_system_is_known() == []
    settings.LIBRARY_SYSTEM = "paper"
    (error,) = library_system_is_known()
    assert "LIBRARY_SYSTEM is 'paper'" in error.msg


def test_what_was_known_last_is_told_with_its_time(at_home, lent_elsewhere):
    now = timezone.localtime()
    known = (Counts(loans=2, overdue=1, holds=4, ready=3), now)
    lent_elsewhere(items=unavailable(*known), counts=unavailable(*known))
    page = shown(at_home)
    said = f"ただいま表示できません（{now.hour}時{now.minute:02}分現在は"
    assert f"{said}2冊）" in page
    card = shown(at_home, CARD)
    assert f"延滞資料：{said}1冊）" in card
    assert f"利用可能な資料：{said}3冊）" in card


def test_what_is_asked_of_another_system_is_not_done_yet(at_home, lent_elsewhere):
    due = datetime(2026, 3, 24).date()
    asked = Capability.RENEW
    lent = {"status": Status.HELD, "due": due}
    loans = (
        Document(pk=1, title="こころ", asked=asked, **lent),
        Document(pk=2, title="門", **lent),
    )
    account = Account(as_of=NINE, loans=loans, holds=())
    lent_elsewhere(
        items=lambda self, *, patron: account,
        renew=lambda self, *, patron, loans: dict.fromkeys(loans, Outcome.ASKED),
        capabilities=frozenset({Capability.RENEW}),
    )
    page = shown(at_home)
    assert "3月10日9時00分現在" in page
    said = "延長を申し込みました。まだ決まっていません。返却期限は3月24日（火）のままです。"
    assert f"こころ 延滞 {words.due(due, timezone.localdate())} {said}" in page
    assert page.count("延長する （") == 1
    page = words_of(at_home.post(f"{USAGE}renew/", {"loan": 2}, follow=True))
    assert "1冊の延長を申し込みました。" in page


def test_without_the_capability_there_is_no_button(at_home, member, lent_elsewhere):
    a_loan(member, days_ago=10)
    a_hold(member)
    lent_elsewhere(capabilities=frozenset())
    page = shown(at_home)
    assert "延長する" not in page
    assert "変更・取り消し" not in page


def test_the_card_counts_and_leads_to_the_lists(at_home, member):
    a_loan(member, days_ago=20)
    a_loan(member, days_ago=1)
    come_back(a_hold(member))
    page = at_home.get(CARD).content.decode()
    assert f'<a href="{USAGE}#loans">延滞資料 (1冊)</a>' in page
    assert f'<a href="{USAGE}#holds">利用可能な資料 (1冊)</a>' in page
    assert re.search(r"\d+月\d+日\d+時\d\d分現在", page)


def test_the_first_page_says_what_matters_today(at_home, member):
    a_loan(member, "こころ", days_ago=16)
    a_loan(member, "三四郎", days_ago=12)
    a_loan(member, "門", days_ago=1)
    come_back(a_hold(member, "草枕"))
    page = shown(at_home, MENU)
    assert f"延滞 1冊 こころ {day(-2)}まで（2日過ぎています）" in page
    assert f"あと 2日 三四郎 {day(2)}まで（あと2日）" in page
    assert re.search(f"取り置き 1冊 草枕 {branch().name}で、.*までに受け取って", page)
    assert "門" not in page


@pytest.mark.parametrize("count", [1, 15])
def test_more_rows_need_no_more_statements(at_home, member, django_assert_max_num_queries, count):
    for number in range(count):
        a_loan(member, f"こころ {number}", days_ago=1) if number < 10 else None
        a_hold(member, f"門 {number}")
    at_home.get(USAGE)
    with django_assert_max_num_queries(6):
        page = words_of(at_home.get(USAGE))
    assert page.count("変更・取り消し") == count


def test_a_title_is_words_of(at_home, member):
    a_loan(member, "<b>{title}</b>")
    assert "&lt;b&gt;{title}&lt;/b&gt;" in at_home.get(USAGE).content.decode()


def test_a_record_of_before_is_named_and_leads_nowhere(at_home, member):
    record = an_item(a_record("古い本")).record
    a_loan(member, "今の本")
    Loan.objects.update(record=record)
    record.deleted_at = timezone.now()
    record.save()
    page = at_home.get(USAGE).content.decode()
    assert "古い本" in page
    assert f'href="/catalog/{record.pk}/"' not in page
