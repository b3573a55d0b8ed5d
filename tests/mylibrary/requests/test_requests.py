"""リクエスト: from a search that found nothing to a wish that is stored once, and taken back."""

from collections import Counter
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from audit.models import Record as AuditRecord
from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.models import PurchaseSuggestion, WantedTitle
from mylibrary.requests.services import (
    MOST_UNDECIDED,
    SUGGESTION_LIMIT,
    SuggestedAlready,
    TitleClosed,
    TooManyWait,
    withdraw,
)
from patrons.retention import erase_patron
from tests.catalog.shelves import a_record
from tests.mylibrary.conftest import LOGIN, MENU
from tests.mylibrary.requests.wishes import (
    AUTHOR,
    ISBN,
    LIST,
    NEW,
    TITLE,
    decided,
    wished,
    withdraw_address,
)
from tests.patrons.threads import together
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db


def send(client, **typed):
    return client.post(NEW, {"title": TITLE, "author": AUTHOR} | typed)


def link_in(page: str) -> str:
    """Return the address behind この資料をリクエストする."""
    before = page[: page.index("この資料をリクエストする")]
    return before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")


def test_a_search_that_found_nothing_leads_through_the_login_to_the_form_filled_in(
    client, member, log_in
):
    asked = {"field1": "title", "word1": TITLE, "field2": "author", "word2": AUTHOR}
    asked |= {"field3": "isbn", "word3": "4-00-310101-4", "year_from": "昭和60", "year_to": "1985"}
    asked |= {"operator4": "not", "word4": "絵本"}
    address = link_in(text(client.get("/catalog/search/", asked)))
    login = client.get(address)
    assert login.url.startswith(LOGIN)
    answer = log_in(client, member.number, next=parse_qs(urlsplit(login.url).query)["next"][0])
    assert answer.url == address
    page = text(client.get(answer.url))
    for value in (TITLE, AUTHOR, "4-00-310101-4", "1985"):
        assert f'value="{value}"' in page
    assert "絵本" not in page


def test_a_simple_search_fills_in_title_or_isbn(at_home):
    page = at_home.get(link_in(text(at_home.get("/catalog/search/", {"q": TITLE})))).context["form"]
    assert (page["title"].value(), page["isbn"].value()) == (TITLE, "")
    page = at_home.get(link_in(text(at_home.get("/catalog/search/", {"q": ISBN})))).context["form"]
    assert (page["title"].value(), page["isbn"].value()) == ("", ISBN)


def test_the_longest_search_still_comes_through_the_login(client, member, log_in):
    words = {f"word{row}": "図書館" * 60 for row in (1, 2)} | {"field2": "author"}
    address = link_in(text(client.get("/catalog/search/", words)))
    shown = log_in(client, member.number, next=address)
    assert shown.url == address
    assert "図書館図書館" in text(client.get(address))


def test_what_was_found_offers_no_request(client):
    a_record(TITLE)
    assert NEW not in text(client.get("/catalog/search/", {"q": TITLE}))


def test_a_wish_is_stored_and_shown_with_its_state(at_home, member):
    answer = send(
        at_home, publisher="豊後書房", year="S60", isbn=" ISBN4-00-310101-4", remark="1巻"
    )
    assert answer.url == LIST
    own = PurchaseSuggestion.objects.get()
    assert (own.patron, own.title, own.author, own.publisher) == (member, TITLE, AUTHOR, "豊後書房")
    assert (own.year, own.isbn, own.remark) == (1985, "9784003101018", "1巻")
    assert (own.wanted.state, own.wanted.wanted_by) == ("received", 1)
    page = text(at_home.get(LIST))
    for said in (
        "あと4件リクエストできます。",
        TITLE,
        "受付中",
        "図書館で検討してから、お返事します",
    ):
        assert said in page
    assert 'href="/mylibrary/requests/"' in text(at_home.get(MENU))
    # Whoever reads the record of who did what does not learn that somebody asked.
    assert not AuditRecord.objects.filter(object_type__contains="title").exists()
    assert not AuditRecord.objects.filter(event__contains="title").exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", " \u200b", "書名を入力してください"),
        ("title", "あ" * 301, "300文字までにしてください"),
        ("author", "a\x00b", "使えない文字が入っています"),
        ("publisher", "a\x1bb", "使えない文字が入っています"),
        ("year", "むかし", "出版年は、2013 または 昭和25 のように入力してください"),
        ("isbn", "9784003101011", "ISBNは、10桁か13桁の数字です"),
        ("remark", "あ" * 501, "500文字までにしてください"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_what_to_do_and_kept(at_home, field, typed, said):
    answer = send(at_home, **{"remark": "1巻"} | {field: typed})
    assert answer.status_code == 422
    page = text(answer)
    assert said in page
    assert "<title>エラー：資料をリクエストする｜" in page
    if field != "remark":
        assert "1巻" in page
    assert not PurchaseSuggestion.objects.exists()


def test_what_the_library_has_by_isbn_is_shown_and_not_stored(at_home):
    record = a_record("別の書名", isbns=[ISBN])
    answer = send(at_home, isbn="4003101014")
    assert answer.status_code == 422
    page = text(answer)
    assert "この資料は所蔵しています" in page
    assert f'href="/catalog/{record.pk}/"' in page
    assert not PurchaseSuggestion.objects.exists()


@pytest.mark.parametrize(
    ("title", "author"),
    [
        # As it stands, spelt otherwise, another author, a wrong letter.
        (TITLE, AUTHOR),
        ("月光の なかの図書館", "ベップ　ハルコ"),
        (TITLE, "大分太郎"),
        ("月光のなかの図晝館", ""),
    ],
)
def test_what_may_be_there_is_asked_about_once(at_home, title, author):
    record = a_record(TITLE, authors=["別府春子/ベップ ハルコ"])
    asked = send(at_home, title=title, author=author, remark="新版")
    page = text(asked)
    assert asked.status_code == 200
    assert "この中にありますか" in page
    assert f'href="/catalog/{record.pk}/"' in page
    assert not PurchaseSuggestion.objects.exists()
    confirmed = hidden_fields(page) | {"title": title, "author": author, "remark": "新版"}
    # Another title is another question.
    assert "この中にありますか" in text(at_home.post(NEW, confirmed | {"title": f"{TITLE}！"}))
    assert at_home.post(NEW, confirmed).url == LIST
    assert PurchaseSuggestion.objects.get().remark == "新版"


def test_the_same_wish_is_there_once_also_when_it_is_sent_twice(at_home, member):
    send(at_home)
    assert send(at_home, title="月光の「なか」の図書館").url == LIST
    assert "すでにリクエストしています" in text(at_home.get(LIST))
    with pytest.raises(SuggestedAlready):
        wished(member, author=AUTHOR, isbn=ISBN)
    assert PurchaseSuggestion.objects.count() == 1


def test_as_many_as_may_wait_are_taken_and_not_one_more(at_home, member, staff):
    for number in range(MOST_UNDECIDED - 1):
        wished(member, f"{number}冊目の本")
    send(at_home)
    page = text(at_home.get(LIST))
    assert "回答があるか、取り下げると、新しくリクエストできます" in page
    assert NEW not in page
    refused = send(at_home, title="あと1冊の本")
    assert refused.status_code == 409
    assert 'value="あと1冊の本"' in text(refused)
    with pytest.raises(TooManyWait):
        wished(member, "あと1冊の本")
    # What is decided does not wait any more.
    decided(WantedTitle.objects.first(), staff)
    assert send(at_home, title="あと1冊の本").url == LIST


def test_asking_again_and_again_has_to_wait(at_home, member):
    for number in range(SUGGESTION_LIMIT.burst):
        own = wished(member, f"{number}冊目の本")
        assert withdraw(patron=member, public_id=own.public_id)
    refused = send(at_home)
    assert refused.status_code == 429
    assert f'value="{TITLE}"' in text(refused)


def test_a_wish_is_taken_back_by_its_button_until_it_is_decided(at_home, member, staff):
    own = wished(member)
    assert at_home.get(withdraw_address(own)).url == LIST
    assert PurchaseSuggestion.objects.current().exists()
    at_home.post(withdraw_address(own))
    page = text(at_home.get(LIST))
    assert "リクエストを取り下げました。" in page
    assert withdraw_address(own) not in page
    own.wanted.refresh_from_db()
    assert (own.wanted.state, own.wanted.wanted_by) == (TitleState.WITHDRAWN, 0)
    again = wished(member)
    decided(again.wanted, staff)
    assert withdraw_address(again) not in text(at_home.get(LIST))
    at_home.post(withdraw_address(again))
    assert "図書館で決まったか、取り下げが済んでいます" in text(at_home.get(LIST))
    assert PurchaseSuggestion.objects.current().get() == again


def test_nobody_sees_or_takes_back_anothers(at_home, other):
    own = wished(other)
    assert TITLE not in text(at_home.get(LIST))
    at_home.post(withdraw_address(own))
    assert PurchaseSuggestion.objects.current().get() == own


def test_the_pages_are_the_patrons_own(at_home, member):
    own = wished(member)
    for path in (LIST, NEW, withdraw_address(own)):
        assert Client().get(path).url.startswith(LOGIN)
        assert "no-store" in at_home.get(path)["Cache-Control"]


@pytest.mark.parametrize(
    ("first", "second", "titles"),
    [
        ({"isbn": ISBN}, {"title": "書きまちがえた書名", "isbn": ISBN}, 1),
        ({"author": AUTHOR}, {"title": "ゲッコウのなかの図書館", "author": AUTHOR}, 2),
        ({"author": AUTHOR}, {"title": "月光の なかの 図書館！", "author": "別府 春子"}, 1),
        ({"author": AUTHOR}, {"author": AUTHOR, "isbn": ISBN}, 1),
        ({"author": AUTHOR, "isbn": ISBN}, {"author": AUTHOR}, 1),
        # Two editions, two authors.
        ({"author": AUTHOR, "isbn": ISBN}, {"author": AUTHOR, "isbn": "9784101010014"}, 2),
        ({"author": AUTHOR}, {"author": "由布一郎"}, 2),
        ({"title": "！"}, {"title": "？"}, 2),
    ],
)
def test_wishes_for_one_work_are_one_title(member, other, first, second, titles):
    one, two = wished(member, **first), wished(other, **second)
    assert WantedTitle.objects.count() == titles
    two.wanted.refresh_from_db()
    assert two.wanted.wanted_by == 3 - titles
    assert (one.wanted == two.wanted) is (titles == 1)
    assert {one.isbn, two.isbn} - {""} <= {*WantedTitle.objects.values_list("isbn", flat=True)}


def test_of_two_who_want_it_one_may_leave(member, other):
    own = wished(member)
    wished(other)
    assert withdraw(patron=member, public_id=own.public_id)
    assert not withdraw(patron=member, public_id=own.public_id)
    own.wanted.refresh_from_db()
    assert (own.wanted.state, own.wanted.wanted_by) == (TitleState.RECEIVED, 1)


def test_what_is_closed_is_asked_for_anew(member, staff):
    own = wished(member)
    decided(own.wanted, staff, TitleState.DECLINED, DeclineReason.UNAVAILABLE)
    assert wished(member).wanted != own.wanted


@pytest.mark.parametrize(
    ("state", "said", "shown"),
    [
        (TitleState.CONSIDERED, {}, ["検討中", "図書館で検討しています"]),
        (TitleState.BUYING, {"sentence": "春に届きます"}, ["購入します", "春に届きます"]),
        (TitleState.BORROWING, {}, ["他の図書館から借ります"]),
        (
            TitleState.DECLINED,
            {"reason": DeclineReason.UNAVAILABLE},
            ["お応えできません", "理由：品切れや絶版で、手に入りません"],
        ),
        (TitleState.READY, {}, ["用意できました", "資料の画面を開く"]),
    ],
)
def test_each_state_is_said_with_what_it_means(at_home, member, staff, state, said, shown):
    record = a_record() if state == TitleState.READY else None
    own = wished(member)
    decided(own.wanted, staff, state, note="職員だけのメモ", record=record, **said)
    page = text(at_home.get(LIST))
    for words in shown:
        assert words in page
    assert (f'href="/catalog/{record.pk}/"' in page) if record else True
    assert "職員だけのメモ" not in page
    assert "selector" not in page


def test_the_reason_is_in_the_patrons_language(client, member, staff, log_in):
    own = wished(member)
    decided(own.wanted, staff, TitleState.DECLINED, DeclineReason.UNAVAILABLE)
    log_in(client, member.number)
    page = client.get(LIST, {"language": "en"}).content.decode()
    assert "Reason: It is sold out or out of print" in page


def test_an_erased_patron_leaves_no_wish_and_no_count_of_what_is_open(member, other, staff):
    for title in ("一人の本", "二人の本", "終わった本"):
        wished(member, title)
    wished(other, "二人の本")
    closed = WantedTitle.objects.get(title="終わった本")
    decided(closed, staff, TitleState.DECLINED, DeclineReason.UNCLEAR)
    erase_patron(patron_id=member.pk)
    assert [one.patron for one in PurchaseSuggestion.objects.all()] == [other]
    left = WantedTitle.objects.order_by("pk").values_list("state", "wanted_by")
    assert list(left) == [("withdrawn", 0), ("received", 1), ("declined", 1)]


def test_what_ended_long_ago_loses_its_patron_and_the_title_stays(member, other, staff, settings):
    for title in ("応じた本", "取り下げた本", "待つ本"):
        wished(member, title)
    taken, back = WantedTitle.objects.order_by("pk")[:2]
    decided(taken, staff, TitleState.DECLINED, DeclineReason.OTHER, sentence="館内でご覧ください")
    withdraw(patron=member, public_id=back.suggestions.get().public_id)
    settings.RETENTION_REQUEST_DAYS = 180

    def on_day(number: int) -> set[str]:
        now = timezone.now() + timedelta(days=number, minutes=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.utils.timezone.now", lambda: now)
            call_command("purge_expired", verbosity=0)
        return set(PurchaseSuggestion.objects.values_list("title", flat=True))

    assert on_day(179) == {"応じた本", "取り下げた本", "待つ本"}
    assert on_day(180) == {"待つ本"}
    assert list(WantedTitle.objects.order_by("pk").values_list("title", "wanted_by")) == [
        ("応じた本", 1),
        ("待つ本", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_there_is_one_title_that_all_want(member, other):
    people = [member, other]

    def attempt(patron):
        try:
            wished(patron, isbn=ISBN)
        except SuggestedAlready:
            return "already"
        return "done"

    jobs = [lambda patron=patron: attempt(patron) for patron in people * 4]
    assert Counter(together(jobs)) == {"done": 2, "already": 6}
    assert WantedTitle.objects.get().wanted_by == 2


@pytest.mark.django_db(transaction=True)
def test_taking_back_and_deciding_at_once_end_in_one_of_both(member, staff):
    own = wished(member)

    def take_back():
        return withdraw(patron=member, public_id=own.public_id)

    def buy():
        try:
            decided(own.wanted, staff)
        except TitleClosed:
            return False
        return True

    assert sorted(together([take_back, buy])) == [False, True]
    own.refresh_from_db()
    assert own.state in (TitleState.WITHDRAWN, TitleState.BUYING)
