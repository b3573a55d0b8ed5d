"""My本棚: shelves, their works, notes and order."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Record as Audited
from catalog.models import Record
from catalog.records import arrivals
from mylibrary.bookshelf import services
from mylibrary.bookshelf.models import (
    MAXIMUM_ENTRIES,
    MAXIMUM_NOTE,
    MAXIMUM_SHELVES,
    Shelf,
    ShelfEntry,
)
from patrons.retention import erase_patron
from patrons.services import user_for
from tests.catalog.shelves import a_record
from tests.mylibrary.conftest import LOGIN, PASSWORD, PRIVACY
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.support import hidden_fields, text
from tests.withheld import hidden_patron, withheld

pytestmark = pytest.mark.django_db
SHELVES = "/mylibrary/bookshelf/"
ADD, PUT = f"{SHELVES}add/", f"{SHELVES}put/"
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def cat() -> Record:
    return a_record("吾輩は猫である", authors=["夏目漱石"], at=["main"])


def put(client: Client, record: Record, **more: object):
    return client.post(ADD, {"record": record.pk, **more}, headers=OURS)


def titles(shelf: Shelf) -> list[str]:
    return [entry.record.title for entry in shelf.entries.in_order("own").with_record()]


def a_shelf(member, *names: str, name: str = "") -> Shelf:
    """Return a shelf with works of these titles."""
    shelf = Shelf.objects.create(patron=member, name=name)
    for position, title in enumerate(names, 1):
        ShelfEntry.objects.create(shelf=shelf, record=a_record(title), position=position)
    return shelf


def test_the_first_shelf_is_there_at_once_and_stored_with_its_first_work(at_home, cat):
    page = text(at_home.get(SHELVES))
    assert "読みたい本" in page
    assert not Shelf.objects.exists()
    answer = put(at_home, cat, next="/catalog/search/?q=猫")
    assert "「吾輩は猫である」を、「読みたい本」に入れました。" in text(answer)
    assert 'href="/catalog/search/?q=猫"' in text(answer)
    assert titles(Shelf.objects.get()) == ["吾輩は猫である"]
    assert "吾輩は猫である" in text(at_home.get(f"{SHELVES}{Shelf.objects.get().pk}/"))


def test_a_second_press_adds_nothing_and_says_where_it_is(at_home, cat, member):
    other = a_shelf(member, name="夏休み")
    put(at_home, cat, shelf=other.pk)
    a_shelf(member)
    answer = put(at_home, cat)
    assert "「吾輩は猫である」は、「夏休み」に入っています。" in text(answer)
    assert ShelfEntry.objects.count() == 1


def test_a_get_writes_nothing_and_asks(at_home, cat):
    page = text(at_home.get(ADD, {"record": cat.pk}))
    assert f'name="record" value="{cat.pk}"' in page
    assert not Shelf.objects.exists()
    assert at_home.get(ADD, {"record": "9" * 30}).url == SHELVES
    assert put(at_home, Record(pk=0)).url == SHELVES


def test_a_script_is_told_in_json(at_home, cat):
    answer = at_home.post(ADD, {"record": cat.pk}, headers={"Accept": "application/json"} | OURS)
    assert answer.json() == {
        "said": "「吾輩は猫である」を、「読みたい本」に入れました。",
        "put": True,
    }


def test_who_is_not_logged_in_finds_it_on_the_shelf_after_the_login(client, member, cat, log_in):
    answer = put(client, cat, next="/catalog/search/?q=秘密の言葉")
    assert answer.url.startswith(LOGIN)
    # No search goes along to where it might be kept.
    assert "catalog" not in answer.url
    page = text(client.get(answer.url))
    assert "ログインすると、選んだ資料がMy本棚に入ります。" in page
    assert not Shelf.objects.exists()
    answer = log_in(client, member.number, PASSWORD, next=hidden_fields(page)["next"])
    assert "「吾輩は猫である」は、「読みたい本」に入っています。" in text(client.get(answer.url))
    assert titles(Shelf.objects.get(patron=member)) == ["吾輩は猫である"]


def test_a_login_that_leads_elsewhere_adds_nothing(client, member, cat, log_in):
    log_in(client, member.number, PASSWORD, next=f"/catalog/{cat.pk}/?record={cat.pk}")
    assert not Shelf.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}])
def test_what_no_page_of_ours_has_sent_is_asked_about(member, cat, headers):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member.user, "patrons.backends.PatronBackend")
    page = text(browser.post(ADD, {"record": cat.pk}, headers=headers))
    assert f'action="{PUT}"' in page
    assert browser.post(PUT, {"record": cat.pk}).status_code == 403
    assert not Shelf.objects.exists()
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    browser.post(PUT, hidden_fields(page[page.index(PUT) :]) | token)
    assert titles(Shelf.objects.get()) == ["吾輩は猫である"]


@pytest.mark.parametrize("path", ["/catalog/{}/", "/catalog/search/?q=吾輩は猫", "/catalog/new/"])
def test_the_button_is_on_every_list_for_everybody(client, cat, path):
    page = text(client.get(path.format(cat.pk)))
    assert page.count(f'id="shelve-{cat.pk}"') == 1
    assert page.count('<form id="to-bookshelf"') == 1
    assert f'id="title-{cat.pk}"' in page


def test_the_button_is_under_every_cover_of_a_row(client, cat):
    other = a_record("坊っちゃん", authors=["夏目漱石"])
    arrivals.read()
    for path in ("/", f"/catalog/{cat.pk}/"):
        page = text(client.get(path))
        assert page.count('<form id="to-bookshelf"') == 1
        for one in (cat, other):
            assert page.count(f'id="shelve-{one.pk}"') == 1
            assert page.count(f'id="title-{one.pk}"') == 1


def test_works_change_places_one_by_one_and_by_number(at_home, member):
    shelf = a_shelf(member, "あ", "い", "う", "え")
    first, last = shelf.entries.get(position=1), shelf.entries.get(position=4)
    at_home.post(f"{SHELVES}entries/{first.pk}/step/", {"to": "up"})
    assert titles(shelf) == ["あ", "い", "う", "え"]
    answer = at_home.post(f"{SHELVES}entries/{first.pk}/step/", {"to": "down"})
    assert answer.url == f"{SHELVES}{shelf.pk}/#entry-{first.pk}"
    assert titles(shelf) == ["い", "あ", "う", "え"]
    where = {"note": "二度目", "shelf": shelf.pk}
    at_home.post(f"{SHELVES}entries/{last.pk}/", where | {"position": "１"})
    assert titles(shelf) == ["え", "い", "あ", "う"]
    at_home.post(f"{SHELVES}entries/{last.pk}/", where | {"position": "900"})
    assert titles(shelf) == ["い", "あ", "う", "え"]
    answer = at_home.post(f"{SHELVES}entries/{last.pk}/", where | {"position": "x", "note": "また"})
    assert (answer.status_code, "また" in text(answer)) == (422, True)
    assert "順番は、1から4までの数字で入力してください" in text(answer)
    assert list(shelf.entries.order_by("position").values_list("position", "note")) == [
        *((1, ""), (2, ""), (3, "")),
        (4, "二度目"),
    ]


def test_a_work_moves_to_another_shelf_unless_it_is_there(at_home, member):
    one, other = a_shelf(member, "あ", "い"), a_shelf(member, "う", name="別")
    moved = one.entries.get(position=1)
    address = f"{SHELVES}entries/{moved.pk}/"
    fields = {"note": "", "shelf": other.pk, "position": 1}
    at_home.post(address, fields)
    assert (titles(one), titles(other)) == (["い"], ["う", "あ"])
    ShelfEntry.objects.create(shelf=one, record=moved.record, position=2)
    answer = at_home.post(address, fields | {"shelf": one.pk, "note": "残る"})
    assert "「読みたい本」には、この資料がもう入っています。" in text(answer)
    assert "残る" in text(answer)
    assert titles(other) == ["う", "あ"]


def test_what_was_taken_out_can_be_put_back_with_its_note_and_place(at_home, member):
    shelf = a_shelf(member, "あ", "い", "う")
    day = timezone.now() - timezone.timedelta(days=40)
    shelf.entries.filter(position=2).update(note="大切", added_at=day)
    ordered = shelf.entries.order_by("position")
    before = list(ordered.values_list("record_id", "position", "note", "added_at"))
    page = text(at_home.post(f"{SHELVES}{shelf.pk}/", {"take": shelf.entries.get(position=2).pk}))
    assert "「い」を本棚から出しました。" in page
    assert titles(shelf) == ["あ", "う"]
    back = page[page.index(f"{shelf.pk}/back/") :]
    answer = at_home.post(f"{SHELVES}{shelf.pk}/back/", hidden_fields(back[: back.index("</form")]))
    assert answer.url.startswith(f"{SHELVES}{shelf.pk}/#entry-")
    after = shelf.entries.order_by("position")
    assert list(after.values_list("record_id", "position", "note", "added_at")) == before


def test_a_note_of_many_lines_is_as_long_as_it_looks_and_can_be_put_back(at_home, member):
    shelf = a_shelf(member, "あ")
    entry = shelf.entries.get()
    note = "あ\n" * (MAXIMUM_NOTE // 2 - 1) + "あ"
    typed = {"note": note.replace("\n", "\r\n"), "shelf": shelf.pk, "position": 1}
    assert at_home.post(f"{SHELVES}entries/{entry.pk}/", typed).status_code == 302
    page = text(at_home.post(f"{SHELVES}{shelf.pk}/", {"take": entry.pk}))
    sent = hidden_fields(page[page.index(f"{shelf.pk}/back/") :])
    sent["note"] = sent["note"].replace("\n", "\r\n")
    at_home.post(f"{SHELVES}{shelf.pk}/back/", sent)
    assert shelf.entries.get().note == note


@pytest.mark.parametrize("moment", ["0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31"])
def test_a_time_that_never_was_spoils_no_shelf(at_home, member, moment):
    shelf, record = a_shelf(member, "あ"), a_record("い")
    sent = {"record": record.pk, "position": 1, "added_at": moment}
    at_home.post(f"{SHELVES}{shelf.pk}/back/", sent)
    assert at_home.get(f"{SHELVES}{shelf.pk}/").status_code == 200


def test_orders_and_pages_show_every_work_once(at_home, member):
    shelf = a_shelf(member, *(f"{chr(0x30A2 + at)}の本" for at in range(22)))
    shelf.entries.filter(position=22).update(added_at=timezone.now() + timezone.timedelta(days=1))
    address = f"{SHELVES}{shelf.pk}/"

    def shown(**query: object) -> list[int]:
        page = at_home.get(address, query).context["entries"]
        return [entry.position for entry in page]

    assert shown() == list(range(1, 21))
    assert shown(page=2) == shown(page=900) == [21, 22]
    assert shown(sort="newest")[0] == 22
    Record.objects.filter(title="アの本").update(title_reading="ンノホン")
    assert (shown(sort="title")[0], shown(sort="title", page=2)[-1]) == (2, 1)


def test_names_of_shelves(at_home, member):
    answer = at_home.post(SHELVES, {"name": " 夏休み\t "})
    assert answer.url == SHELVES
    shelf = Shelf.objects.get()
    assert shelf.name == "夏休み"
    assert "この名前の本棚がもうあります" in text(at_home.post(SHELVES, {"name": "夏休み"}))
    assert "40文字まで" in text(at_home.post(SHELVES, {"name": "あ" * 41}))
    assert at_home.post(SHELVES, {"name": "\u200b"}).status_code == 422
    at_home.post(f"{SHELVES}{shelf.pk}/rename/", {"name": "冬休み"})
    shelf.refresh_from_db()
    assert shelf.name == "冬休み"
    page = text(at_home.get(f"{SHELVES}{shelf.pk}/delete/"))
    assert "元には戻せません" in page
    at_home.post(f"{SHELVES}{shelf.pk}/delete/")
    assert not Shelf.objects.exists()


def test_limits_are_told_and_lose_nothing(at_home, member, cat, monkeypatch):
    assert (MAXIMUM_SHELVES, MAXIMUM_ENTRIES) == (20, 500)
    monkeypatch.setattr(services, "MAXIMUM_ENTRIES", 1)
    monkeypatch.setattr(services, "MAXIMUM_SHELVES", 1)
    a_shelf(member, "あ")
    answer = put(at_home, cat)
    assert (answer.status_code, "どれかを出すか、ほかの本棚に入れてください" in text(answer)) == (
        409,
        True,
    )
    page = text(at_home.post(SHELVES, {"name": "夏休み"}))
    assert "どれかを削除してから、作ってください" in page
    assert 'value="夏休み"' in page


def test_a_work_that_the_library_gave_away_stays_with_its_title(at_home, member, cat):
    put(at_home, cat)
    Record.objects.update(deleted_at=timezone.now())
    page = text(at_home.get(f"{SHELVES}{Shelf.objects.get().pk}/"))
    assert "吾輩は猫である" in page
    assert "所蔵がなくなりました" in page


def test_another_patrons_shelf_is_not_there(client, member, cat, log_in):
    shelf = a_shelf(member, "他人の本")
    entry = shelf.entries.get()
    other = imported_patron()
    set_own_password(patron=other, password=PASSWORD)
    log_in(client, other.number)
    for path in (f"{shelf.pk}/", f"{shelf.pk}/rename/", f"{shelf.pk}/delete/"):
        assert client.get(f"{SHELVES}{path}").status_code == 404
        assert client.post(f"{SHELVES}{path}", {"name": "x"}).status_code == 404
    for path in ("", "step/"):
        address = f"{SHELVES}entries/{entry.pk}/{path}"
        assert client.post(address, {"to": "up", "note": "x"}).status_code == 404
    assert client.get(f"{SHELVES}export/?as=csv&shelf={shelf.pk}").status_code == 404
    assert "他人の本" not in client.get(f"{SHELVES}export/?as=csv").content.decode()
    put(client, cat, shelf=shelf.pk)
    assert not Shelf.objects.of(other).exists()
    put(client, cat)
    mine = ShelfEntry.objects.of(other).get()
    client.post(f"{SHELVES}{mine.shelf_id}/", {"take": entry.pk})
    fields = {"note": "", "shelf": shelf.pk, "position": 1}
    assert client.post(f"{SHELVES}entries/{mine.pk}/", fields).status_code == 422
    back = {"record": cat.pk, "position": 1, "added_at": timezone.now().isoformat()}
    client.post(f"{SHELVES}{shelf.pk}/back/", back)
    assert titles(shelf) == ["他人の本"]


def test_nothing_of_it_is_recorded(at_home, member, cat):
    before = Audited.objects.count()
    put(at_home, cat)
    entry = ShelfEntry.objects.get()
    at_home.post(f"{SHELVES}{entry.shelf_id}/", {"take": entry.pk})
    assert Audited.objects.count() == before


def test_it_is_told_in_full_and_erased(at_home, member):
    shelf = a_shelf(member, "海の本", "山の本", name="夏休み")
    shelf.entries.filter(position=2).update(note="孫に読む")
    page = text(at_home.get(PRIVACY))
    assert "山の本" in page
    assert "孫に読む" in page
    data = json.loads(at_home.post(f"{PRIVACY}download/").content)["data"]["bookshelf"]
    assert data[0]["name"] == "夏休み"
    assert [(one["position"], one["title"], one["note"]) for one in data[0]["entries"]] == [
        (1, "海の本", ""),
        (2, "山の本", "孫に読む"),
    ]
    erase_patron(patron_id=member.pk)
    assert not ShelfEntry.objects.exists()
    assert not Shelf.objects.exists()


def test_a_withheld_patron_has_shelves_like_everybody(client, cat):
    person = withheld(hidden_patron())
    set_own_password(patron=person, password=PASSWORD)
    client.force_login(user_for(patron=person), "patrons.backends.PatronBackend")
    put(client, cat)
    assert "吾輩は猫である" in text(client.get(f"{SHELVES}{Shelf.objects.get().pk}/"))


def test_no_page_of_the_admin_is_about_shelves():
    assert not {Shelf, ShelfEntry} & set(admin.site._registry)
    assert not Permission.objects.filter(content_type__model__startswith="shelf").exists()


@pytest.mark.django_db(transaction=True)
def test_browsers_at_once_leave_no_gap_and_nothing_twice(member):
    records = [a_record(f"{at}冊目") for at in range(6)]

    def work(at: int) -> None:
        put = services.put(patron=member, record_id=records[at % 6].pk)
        services.step(patron=member, entry_id=put.entry.pk, up=bool(at % 2))
        if at % 4 == 3:
            with suppress(services.NoSuchEntry):
                services.take(patron=member, entry_id=put.entry.pk)

    def alone(at: int) -> None:
        try:
            with suppress(services.NoSuchEntry):
                work(at)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(alone, range(24)))
    shelf = Shelf.objects.get()
    found = list(shelf.entries.order_by("position").values_list("position", flat=True))
    assert found == list(range(1, len(found) + 1))
    assert shelf.entries.values("record").distinct().count() == len(found)
