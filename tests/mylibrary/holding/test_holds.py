"""予約: from a record's page and from lists, one by one or from 予約かご."""

from threading import Event

import pytest
from django.db import transaction

from branches.models import Branch
from circulation.enums import Refusal
from circulation.local.locks import lock_patron
from circulation.models import Hold, Loan
from mylibrary.holding.models import MAXIMUM_ENTRIES, BasketEntry, PickupChoice
from mylibrary.holding.services import place
from tests.catalog.shelves import a_record
from tests.mylibrary.conftest import LOGIN, USAGE
from tests.mylibrary.usage.lent import a_hold, a_loan, somebody, words_of
from tests.patrons.threads import together, until_somebody_waits

NEW = "/mylibrary/holds/new/"
BASKET = "/mylibrary/holds/basket/"
ADD = f"{BASKET}add/"
HERE = {"HTTP_ORIGIN": "http://testserver"}


@pytest.fixture
def book(db):
    return a_record("こころ", at=["main/on_loan"])


def put(client, *records) -> None:
    for record in records:
        client.post(f"{BASKET}put/", {"record": record.pk})


def test_the_record_leads_to_the_hold_and_says_how_many_wait(client, db):
    record = a_hold(somebody(), before=1).record
    page = client.get(f"/catalog/{record.pk}/")
    assert f'href="{NEW}?record={record.pk}"' in page.content.decode()
    assert "予約して待っている人：2人" in words_of(page)


@pytest.mark.parametrize(
    "said",
    [{"material": "magazine", "at": ["main"]}, {"at": ["main/reference"]}, {"at": []}],
)
def test_what_cannot_be_held_offers_nothing(client, db, said):
    record = a_record("こころ", **said)
    for path in (f"/catalog/{record.pk}/", "/catalog/search/?q=こころ"):
        page = client.get(path).content.decode()
        assert "こころ" in page
        assert "予約する" not in page
        assert "予約かご" not in page


def test_where_nothing_can_be_asked_nothing_is_offered(client, at_home, book, settings):
    settings.LIBRARY_SYSTEM = "none"
    assert "予約する" not in client.get(f"/catalog/{book.pk}/").content.decode()
    page = words_of(at_home.get(NEW, {"record": book.pk}, follow=True))
    assert str(Refusal.NOT_OFFERED.label) in page
    assert str(Refusal.NO_ITEMS.label) not in page


def test_whoever_is_not_logged_in_comes_back_to_the_hold(client, member, log_in, book):
    address = f"{NEW}?record={book.pk}"
    assert client.get(address).url.startswith(LOGIN)
    pressed = client.post(ADD, {"record": book.pk, "next": "/catalog/search/?q=secret"})
    assert "secret" not in pressed.url
    assert log_in(client, member.number, next=address).url == address
    assert "こころ" in words_of(client.get(address))
    assert not Hold.objects.exists()


def test_a_hold_is_placed_and_the_branch_is_remembered(at_home, member, book):
    other = Branch.objects.get(code="compal")
    answer = at_home.post(NEW, {"record": book.pk, "pickup": "compal"}, follow=True)
    assert "「こころ」を予約しました。" in words_of(answer)
    hold = Hold.objects.get()
    assert (hold.patron, hold.record, hold.pickup) == (member, book, other)
    next_one = a_record("門", at=["main"])
    page = at_home.get(NEW, {"record": next_one.pk}).content.decode()
    assert '<option value="compal" selected>' in page


def test_a_hold_that_is_refused_says_why(at_home, member):
    lent = a_loan(member).record
    answer = at_home.post(NEW, {"record": lent.pk, "pickup": "main"})
    assert answer.status_code == 409
    assert str(Refusal.HAS_IT.label) in answer.content.decode()
    nowhere = at_home.post(NEW, {"record": lent.pk, "pickup": "nowhere"})
    assert nowhere.status_code == 422
    assert at_home.get(NEW, {"record": "x"}, follow=True).status_code == 200


def test_the_basket_is_placed_as_a_whole_and_each_is_told(at_home, member, book):
    second, lent = a_record("門", at=["main"]), a_loan(member, "草枕").record
    put(at_home, book, book, second, lent)
    assert "3件を予約する" in words_of(at_home.get(BASKET))
    page = words_of(at_home.post(BASKET, {"pickup": "compal"}, follow=True))
    assert "予約しました こころ 門" in page
    assert "1件は予約できませんでした" in page
    assert f"草枕 予約できません：{Refusal.HAS_IT.label}" in page
    assert set(Hold.objects.values_list("record", flat=True)) == {book.pk, second.pk}
    assert [entry.record for entry in BasketEntry.objects.all()] == [lent]
    assert "予約しました" not in words_of(at_home.get(BASKET))
    assert PickupChoice.objects.get().branch.code == "compal"


def test_a_button_pressed_twice_tells_what_is_held(at_home, book):
    put(at_home, book)
    at_home.post(BASKET, {"pickup": "main"})
    # The answer is lost, and the form is sent once more.
    at_home.post(BASKET, {"pickup": "main"})
    assert "予約しました こころ" in words_of(at_home.get(BASKET))
    assert Hold.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_at_once_tells_what_is_held(at_home, member, book):
    put(at_home, book)
    placed = Event()

    def first() -> None:
        with transaction.atomic():
            lock_patron(member.pk)
            until_somebody_waits()
            place(patron=member, record=book, pickup=Branch.objects.get(code="main"))
        placed.set()

    # It has read the basket, and waits for the patron, before the first has emptied it.
    together([first, lambda: at_home.post(BASKET, {"pickup": "main"})])
    assert placed.is_set()
    assert "予約しました こころ" in words_of(at_home.get(BASKET))
    assert Hold.objects.count() == 1


def test_a_renewal_is_not_told_as_a_hold(at_home, member, book):
    a_loan(member, days_ago=10)
    Loan.objects.update(id=book.pk)
    at_home.post(f"{USAGE}renew/", {"loan": book.pk})
    assert "予約しました" not in words_of(at_home.get(BASKET))
    assert "1冊を延長しました。" in words_of(at_home.get(USAGE))


def test_without_a_branch_nothing_is_placed(at_home, book):
    put(at_home, book)
    assert at_home.post(BASKET, {"pickup": ""}).status_code == 422
    assert not Hold.objects.exists()


def test_it_is_taken_out_again_by_its_owner_alone(at_home, member, book):
    put(at_home, book)
    BasketEntry.objects.create(patron=somebody(), record=book)
    at_home.post(f"{BASKET}remove/", {"record": book.pk})
    assert BasketEntry.objects.get().patron != member


def test_the_button_of_a_list_puts_it_there(at_home, member, book):
    answer = at_home.post(ADD, {"record": book.pk}, HTTP_ACCEPT="application/json", **HERE)
    assert answer.json() == {"said": "「こころ」を予約かごに入れました。", "put": True}
    assert BasketEntry.objects.get().record == book
    page = at_home.get("/catalog/search/?q=こころ").content.decode()
    assert f'formaction="{ADD}"' in page


def test_another_site_puts_nothing_there(at_home, book):
    for origin in ({}, {"HTTP_ORIGIN": "https://elsewhere.example"}):
        assert at_home.post(ADD, {"record": book.pk}, **origin).url == f"{NEW}?record={book.pk}"
    assert at_home.get(ADD).status_code == 302
    assert not BasketEntry.objects.exists()


def test_the_basket_has_a_limit(at_home, member, book):
    for number in range(MAXIMUM_ENTRIES):
        BasketEntry.objects.create(patron=member, record=a_record(f"門 {number}"))
    page = words_of(at_home.post(f"{BASKET}put/", {"record": book.pk}, follow=True))
    assert f"{MAXIMUM_ENTRIES}件まで入ります" in page
    assert BasketEntry.objects.count() == MAXIMUM_ENTRIES
