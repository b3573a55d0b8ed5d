"""My本棚 in a real browser: adding without leaving the list, and every page of the room."""

import pytest

from mylibrary.bookshelf.models import ShelfEntry
from tests.accessibility.axe import assert_accessible, assert_accessible_and_fits
from tests.catalog.shelves import a_record
from tests.mylibrary.bookshelf.test_bookshelf import SHELVES, a_shelf
from tests.mylibrary.conftest import PASSWORD
from tests.mylibrary.test_browser import log_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_work_is_put_on_the_shelf_from_the_hits(page, live_server, member):
    for title in ("海の本", "海の地図"):
        a_record(title, at=["main"])
    search = f"{live_server.url}/catalog/search/?q=海"
    page.goto(search)
    page.get_by_role("button", name="My本棚に入れる 海の地図").click()
    page.get_by_text("選んだ資料がMy本棚に入ります").wait_for()
    page.get_by_label("貸出券の番号").fill(member.number)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.get_by_text("「海の地図」は、「読みたい本」に入っています。").wait_for()
    page.goto(search)
    page.get_by_role("button", name="My本棚に入れる 海の本").click()
    page.get_by_role("button", name="My本棚に入っています 海の本").wait_for()
    assert page.url == page.evaluate("url => new URL(url).href", search)
    titles = [one.record.title for one in ShelfEntry.objects.of(member).with_record()]
    assert titles == ["海の地図", "海の本"]


def test_every_page_is_accessible(page, live_server, member):
    shelf = a_shelf(member, "海の本", "山の本", "川の本")
    shelf.entries.update(note="孫に読む。" * 20)
    a_record("海の地図", at=["main"])
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(f"{live_server.url}/mylibrary/")
    entry = shelf.entries.first()
    paths = (
        *("", f"{shelf.pk}/", f"{shelf.pk}/rename/", f"{shelf.pk}/delete/", "import/", "export/"),
        *(f"entries/{entry.pk}/", f"add/?record={entry.record_id}", "../../catalog/search/?q=本"),
        *(f"../../catalog/{entry.record_id}/", "../"),
    )
    for path in paths:
        page.goto(f"{live_server.url}{SHELVES}{path}")
        assert_accessible_and_fits(page)


def test_lists_are_taken_in_and_works_taken_out(page_at_width, live_server, member):
    page = page_at_width
    shelf = a_shelf(member, "海の本", "山の本", "川の本")
    shelf.entries.update(note="孫に読む。" * 20)
    log_in(page, live_server, member.number, PASSWORD)
    page.wait_for_url(f"{live_server.url}/mylibrary/")
    page.goto(f"{live_server.url}{SHELVES}import/")
    page.get_by_label("ISBNの一覧かCSV").fill("9784101010014\nこころ")
    page.get_by_role("button", name="取り込む").click()
    page.get_by_text("入れられなかった行があります").wait_for()
    assert_accessible(page)
    page.goto(f"{live_server.url}{SHELVES}{shelf.pk}/")
    page.get_by_role("button", name="本棚から出す").nth(1).click()
    page.get_by_role("button", name="元に戻す").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="元に戻す").click()
    page.get_by_text("「山の本」を本棚に戻しました。").wait_for()
