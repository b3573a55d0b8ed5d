"""The page at the counter that is scanned into."""

import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Record as AuditRecord
from catalog.models import Item
from circulation.desk.session import TURN_SECONDS
from circulation.local.holding import cancel_hold
from circulation.local.lending import lend, take_back
from circulation.models import Hold, Loan
from tests.catalog.shelves import an_item
from tests.patrons.people import imported_patron
from tests.registration.support import text
from tests.staff.test_roles import client_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/circulation/loan/"


class Counter:
    """A browser at the counter, which sends what its page has."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def page(self) -> str:
        return text(self.client.get(PAGE))

    def turn(self) -> str:
        return self.page.partition('name="turn" value="')[2].partition('"')[0]

    def send(self, **fields: object) -> str:
        """Send a form, and return the page that follows."""
        answer = self.client.post(PAGE, fields)
        assert (answer.status_code, answer.url) == (302, PAGE)
        return self.page

    def scan(self, number: str, **fields: object) -> str:
        return self.send(**{"number": number, "turn": self.turn()} | fields)


@pytest.fixture
def counter(main) -> Counter:
    made = Counter(client_of("C"))
    made.send(branch=main.pk)
    return made


def minutes_ago(loan: Loan, minutes: int = 10) -> None:
    Loan.objects.filter(pk=loan.pk).update(lent_at=timezone.now() - timedelta(minutes=minutes))


def test_the_branch_is_chosen_once_and_stays_with_the_browser(main, annex):
    counter = Counter(client_of("C"))
    assert "この端末を使う館を" in counter.page
    assert "この端末を使う館を" in counter.scan("123")
    assert f"受け付ける館：<strong>{annex.name}" in counter.send(branch=annex.pk)
    # What is no branch changes nothing.
    for nonsense in ("", "x", "0", "9" * 30):
        assert f"受け付ける館：<strong>{annex.name}" in counter.send(branch=nonsense)


def test_a_card_opens_a_turn_and_items_are_lent_until_the_next_person(
    counter, patron, other, item, record
):
    second = an_item(record)
    page = counter.scan(patron.number)
    assert f"{patron.number}　{patron.name}" in page
    assert "貸出中 <strong>0点" in page
    page = counter.scan(item.number)
    assert "貸し出しました" in page
    assert str(record) in page
    counter.scan(second.number)
    assert Loan.objects.of(patron).count() == 2
    # The next card is the next turn.
    assert f"{other.number}　{other.name}" in counter.scan(other.number)
    page = counter.send(end=1)
    assert other.name not in page
    assert item.number not in page


def test_an_item_is_taken_back_and_told_where_it_goes(counter, lent, item, other, hold, main):
    minutes_ago(lent)
    page = counter.scan(item.number)
    assert "棚へ" in page
    assert not Loan.objects.exists()
    held = hold(other)
    page = counter.scan(item.number)
    held.refresh_from_db()
    assert "予約棚へ" in page
    assert f"{held.shelf_number}</dd>" in page
    slip = text(counter.client.get(f"{PAGE}slip/{held.pk}/"))
    for shown in (main.name, f"{held.shelf_number}</dd>", item.number, "<svg"):
        assert shown in slip
    for secret in (other.name, other.number, str(item.record), other.last_name_kana):
        assert secret not in slip
        assert secret not in page.partition("said__item")[0]


def test_an_item_of_another_branch_is_sent_there(counter, lent, item, other, hold, annex):
    minutes_ago(lent)
    hold(other, annex)
    assert f"移送（{annex.name}へ）" in counter.scan(item.number)
    assert counter.client.get(f"{PAGE}slip/{Hold.objects.get().pk}/").status_code == 404


def test_what_ended_is_told_when_its_item_is_scanned(counter, lent, item, other, hold, main):
    hold(other)
    take_back(item_number=item.number, branch=main)
    Hold.objects.update(keep_until=timezone.localdate() - timedelta(days=1))
    assert "予約棚から外す：棚へ" in counter.scan(item.number)


def test_what_was_cancelled_is_not_said_to_be_over(counter, lent, item, other, hold, main):
    held = hold(other)
    take_back(item_number=item.number, branch=main)
    # It was to be kept until yesterday.
    Hold.objects.update(keep_until=timezone.localdate() - timedelta(days=1))
    cancel_hold(patron=other, hold_id=held.pk)
    assert "予約が取り消された" in text(counter.client.get("/admin/circulation/endedhold/"))
    page = counter.scan(item.number)
    assert "予約棚から外す：棚へ" in page
    assert "期限切れ" not in page


def test_why_something_is_not_lent_is_said_in_the_words_of_the_refusal(
    counter, patron, lent, item, other
):
    counter.scan(other.number)
    page = counter.scan(item.number)
    assert "できません" in page
    assert "貸出中の資料です。先に返却の手続きをしてください。" in page


@pytest.mark.parametrize(
    "sent", ["A{}A", "a{}b", "*{}*", " {} ", "\u200b{}\t", "１００２００３００", "100 200 300"]
)
def test_a_number_is_understood_as_readers_and_keyboards_send_it(counter, patron, sent, record):
    numbered = an_item(record)
    numbered.number = "100200300"
    numbered.save()
    page = counter.scan(sent.format("100200300"))
    assert "棚へ" in page
    assert "100200300" in page


@pytest.mark.parametrize("sent", ["A 12", "Ａ　12", " A  12"])
def test_a_number_may_have_a_space(counter, item, sent):
    Item.objects.update(number="A 12")
    assert "棚へ" in counter.scan(sent)


@pytest.mark.parametrize("sent", ["", "nothing", "9" * 500, "\x00", "１\n２", "%s", "🂡"])
def test_what_is_no_number_changes_nothing(counter, patron, sent):
    counter.scan(patron.number)
    page = counter.scan(sent)
    assert patron.name in page
    assert not Loan.objects.exists()


def test_scanned_twice_it_is_lent_once_and_not_taken_back(counter, patron, item):
    counter.scan(patron.number)
    for _ in range(3):
        assert "貸し出しました" in counter.scan(item.number)
    assert Loan.objects.count() == 1
    counter.send(end=1)
    page = counter.scan(item.number)
    assert "返却しますか" in page
    assert Loan.objects.count() == 1
    # A third time changes nothing either; asked for, it is taken back.
    counter.scan(item.number)
    assert Loan.objects.count() == 1
    counter.scan(item.number, sure=1, **{"as": "item"})
    assert not Loan.objects.exists()


def test_taken_back_twice_it_stays_where_it_is(counter, lent, item, other, hold):
    minutes_ago(lent)
    held = hold(other)
    for _ in range(2):
        assert "予約棚へ" in counter.scan(item.number)
    held.refresh_from_db()
    assert held.shelf_number == 1
    assert counter.page.count("<td>予約棚へ") == 1


def test_a_number_of_two_things_is_asked_about_and_neither_is_done(counter, item, record):
    twin = imported_patron(number=item.number)
    page = counter.scan(item.number)
    assert "カードですか、資料ですか" in page
    assert "棚へ" not in page
    assert twin.name in counter.scan(item.number, **{"as": "card"})
    counter.scan(item.number, **{"as": "item"})
    assert Loan.objects.get().patron == twin


def test_a_turn_ends_by_itself_and_a_late_scan_does_nothing(counter, patron, item, monkeypatch):
    counter.scan(patron.number)
    turn, later = counter.turn(), time.time() + TURN_SECONDS + 1
    monkeypatch.setattr("circulation.desk.session.time.time", lambda: later)
    # Sent from the page as it stood.
    page = counter.send(number=item.number, turn=turn)
    assert "まだ何もしていません" in page
    assert patron.name not in page
    assert not Loan.objects.exists()
    assert "棚へ" in counter.scan(item.number)


def test_a_scan_goes_to_nobody_but_whom_its_page_shows(counter, patron, other, item):
    before = counter.turn()
    counter.scan(patron.number)
    assert "まだ何もしていません" in counter.send(number=item.number, turn=before)
    assert "まだ何もしていません" in counter.send(number=item.number, turn=other.pk)
    assert not Loan.objects.exists()


def test_what_is_on_the_hold_shelf_is_told_when_its_patron_comes(
    counter, lent, item, other, hold, main
):
    hold(other)
    take_back(item_number=item.number, branch=main)
    page = counter.scan(other.number)
    assert "取り置き番号 <strong>1</strong>" in page
    assert "貸し出しました" in counter.scan(item.number)
    assert not Hold.objects.exists()


def test_what_is_recorded_ties_nobody_to_an_item(counter, patron, item, main):
    counter.scan(patron.number)
    counter.scan(item.number)
    counter.send(end=1)
    loan = Loan.objects.get()
    minutes_ago(loan)
    counter.scan(item.number)
    about = AuditRecord.objects.filter(patron_id=patron.pk)
    assert [(row.event, row.reason) for row in about] == [("revealed", "by_number")]
    assert not AuditRecord.objects.filter(object_type__startswith="c").exists()
    # And the browser's session has forgotten who had it.
    session = counter.client.session["circulation.desk"]
    assert "patron" not in session
    assert str(loan.pk) not in str(session.get("said", {}).get("loan"))


def test_nothing_is_there_where_another_system_lends(counter, settings, lent):
    settings.LIBRARY_SYSTEM = "none"
    for address in (PAGE, "/admin/circulation/overdueloan/", f"{PAGE}{lent.pk}/change/"):
        assert counter.client.get(address).status_code == 404
    menu = text(counter.client.get("/admin/"))
    for model in ("loan", "overdueloan", "endedhold", "wanteditem"):
        assert f"/admin/circulation/{model}/" not in menu


def test_a_patron_s_loans_are_shown_once_the_patron_is_open(lent, patron, item):
    client = client_of("C")
    address = f"/admin/patrons/patron/{patron.pk}/loans/"
    assert item.number not in text(client.get(address))
    client.post(f"/admin/patrons/patron/{patron.pk}/reveal/", {"reason": "call"})
    page = text(client.get(address))
    assert item.number in page
    assert str(item.record) in page
    # 閲覧 has opened the patron, and sees how many.
    viewer = client_of("V")
    viewer.post(f"/admin/patrons/patron/{patron.pk}/reveal/", {"reason": "call"})
    assert viewer.get(address).status_code == 403
    page = text(viewer.get(f"/admin/patrons/patron/{patron.pk}/change/"))
    assert "貸出1点、予約0件" in page
    assert item.number not in page
    for letter in "RA":
        page = text(client_of(letter).get(f"/admin/patrons/patron/{patron.pk}/change/"))
        assert "貸出1点" not in page


def test_the_overdue_list_tells_no_title_before_the_patron_is_open(patron, item, main, settings):
    long_ago = timezone.now() - timedelta(days=20)
    loan = lend(patron=patron, item_number=item.number, branch=main, now=long_ago)
    client = client_of("C")
    listed = text(client.get("/admin/circulation/overdueloan/"))
    page = f"/admin/circulation/overdueloan/{loan.pk}/change/"
    for shown in (patron.number, item.number, "6日", main.name):
        assert shown in listed
    for secret in (patron.name, patron.phone, str(item.record)):
        assert secret not in listed
        assert secret not in text(client.get(page))
    # Nothing leads from a title or an item to who has it.
    for sought in (item.number, str(item.record), patron.name):
        assert 'name="q"' not in text(client.get("/admin/circulation/overdueloan/", {"q": sought}))
    client.post(f"/admin/patrons/patron/{patron.pk}/reveal/", {"reason": "contact"})
    assert patron.phone in text(client.get("/admin/circulation/overdueloan/"))
    assert str(item.record) in text(client.get(page))
    opened = AuditRecord.objects.filter(patron_id=patron.pk, event="staff_opened")
    assert {row.object_id for row in opened} == {""}
    # What is not overdue is nobody's to look through, one after the other.
    Loan.objects.update(due=timezone.localdate())
    for model in ("loan", "overdueloan"):
        assert client.get(f"/admin/circulation/{model}/{loan.pk}/change/").status_code == 302


def test_what_is_fetched_is_what_stands_where_it_is_picked_up(record, main, annex, hold, patron):
    here, there = an_item(record, "main"), an_item(record, annex.code)
    an_item(record, "main", "reference")
    client = client_of("C")
    address = "/admin/circulation/wanteditem/"
    assert here.number not in text(client.get(address))
    hold(patron, annex)
    page = text(client.get(address))
    assert there.number in page
    assert here.number not in page
    assert patron.number not in page
    # By branch it is the same one.
    by_branch = {"branch__id__exact": main.pk}
    assert here.number not in text(client.get(address, by_branch))
    hold(imported_patron(name="由布 一郎"))
    assert here.number in text(client.get(address, by_branch))
