"""Lists that patrons bring and take along."""

from io import BytesIO

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.folding import isbn13
from mylibrary.bookshelf import lists, services
from mylibrary.bookshelf.models import Shelf, ShelfEntry
from tests.catalog.shelves import a_record
from tests.mylibrary.bookshelf.test_bookshelf import SHELVES, a_shelf, titles
from tests.registration.support import text

IMPORT, EXPORT = f"{SHELVES}import/", f"{SHELVES}export/"
CAT, BOTCHAN = "9784101010014", "9784101010038"


@pytest.mark.parametrize(
    ("line", "isbn"),
    [
        (CAT, CAT),
        ("978-4-10-101001-4", CAT),
        ("ISBN：９７８ー４ー１０ー１０１００１ー４", CAT),
        ("4101010013", CAT),
        ("吾輩は猫である,夏目漱石,4-10-101001-3", CAT),
        ("吾輩は猫である（新潮文庫 978-4-10-101001-4）", CAT),
        ('="9784101010014"', CAT),
        ("9784101010015", ""),
        ("吾輩は猫である", ""),
    ],
)
def test_an_isbn_is_read_in_any_form(line, isbn):
    assert [(row.isbn, row.text) for row in lists.read(f"\n{line}\n").rows] == [(isbn, line)]


@pytest.mark.parametrize(
    "table",
    [
        f"書名,ISBN,メモ\n猫,{CAT},読む\n",
        f"Title\tISBN-13\tNote\n猫\t{CAT}\t読む",
        f'"ｉｓｂｎ";"メモ"\r\n"{CAT}";"読む"\r\n\r\n',
        f"ISBN10,ISBN13,メモ\n,{CAT},読む",
    ],
)
def test_a_table_says_by_its_headers_what_stands_where(table):
    assert [(row.isbn, row.note) for row in lists.read(table).rows] == [(CAT, "読む")]


@given(st.text(alphabet=st.sampled_from("978410X-,;\t\"'\n\r\0 ISBN書誌番号本棚=あ\u2003")))
def test_no_text_is_too_strange(said):
    rows = lists.read(said).rows
    assert all(row.text.strip() for row in rows)
    assert all(isbn13(row.isbn) == row.isbn for row in rows)
    assert len({row.line for row in rows}) == len(rows)


@given(st.binary())
def test_no_file_is_too_strange(data):
    text = lists.decoded(data)
    assert text is None or all(row.text for row in lists.read(text).rows)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "euc-jp", "utf-16"])
def test_a_file_is_read_in_the_encodings_of_japan(codec):
    assert lists.decoded("書名,ISBN\n吾輩は猫である".encode(codec)) == "書名,ISBN\n吾輩は猫である"


def bring(client: Client, said: str = "", **more: object) -> HttpResponse:
    return client.post(IMPORT, {"text": said, **more})


def told(answer: HttpResponse) -> list[tuple[int, str]]:
    return [(one.row.line, str(one.outcome)) for one in answer.context["told"]]


@pytest.mark.django_db
def test_what_became_of_each_line_is_told_and_what_is_left_is_shown_again(at_home, member):
    cat = a_record("猫", isbns=[CAT])
    a_record("坊っちゃん 上", isbns=[BOTCHAN])
    a_record("坊っちゃん 下", isbns=[BOTCHAN])
    answer = bring(at_home, f"{CAT}\n9784003101018\nこころ\n\n{BOTCHAN}\n{CAT}")
    assert told(answer) == [
        *((1, "put"), (2, "unknown"), (3, "unreadable"), (5, "several"), (6, "there")),
    ]
    assert answer.context["form"].initial["text"] == f"9784003101018\nこころ\n{BOTCHAN}"
    page = text(answer)
    assert "図書館にありません：1行" in page
    assert f'href="/catalog/search/?q={BOTCHAN}"' in page
    assert list(ShelfEntry.objects.values_list("record", "position")) == [(cat.pk, 1)]
    assert told(bring(at_home, CAT)) == [(1, "there")]


@pytest.mark.django_db
def test_a_full_shelf_takes_what_it_can(at_home, member, monkeypatch):
    monkeypatch.setattr(services, "MAXIMUM_ENTRIES", 2)
    shelf = a_shelf(member, "あ")
    for isbn in (CAT, BOTCHAN):
        a_record(isbn, isbns=[isbn])
    answer = bring(at_home, f"{CAT}\n{BOTCHAN}", shelf=shelf.pk)
    assert told(answer) == [(1, "put"), (2, "full")]
    assert answer.context["form"].initial["text"] == BOTCHAN


@pytest.mark.django_db
def test_our_own_table_brings_everything_back(at_home, member):
    one, other = a_shelf(member, "=1+1", "い"), a_shelf(member, "う", name="-夏休み")
    one.entries.filter(position=2).update(note='"改行"の\nある, メモ')
    for record in (one.entries.last().record,):
        record.deleted_at = timezone.now()
        record.save()
    answer = at_home.get(EXPORT, {"as": "csv"})
    data = answer.content
    assert data.startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in data.decode()
    assert "attachment" in answer.headers["Content-Disposition"]
    before = {(shelf.name, *titles(shelf)) for shelf in (one, other)}
    notes = set(ShelfEntry.objects.values_list("record", "note"))
    Shelf.objects.all().delete()
    file = BytesIO(data)
    file.name = "list.csv"
    answer = bring(at_home, file=file, shelf="as_written")
    assert {outcome for _, outcome in told(answer)} == {"put"}
    assert {(shelf.name, *titles(shelf)) for shelf in Shelf.objects.all()} == before
    assert set(ShelfEntry.objects.values_list("record", "note")) == notes


@pytest.mark.django_db
def test_a_list_of_isbns_has_each_once(at_home, member):
    a_shelf(member, "あ")
    for name in ("夏", "冬"):
        shelf = Shelf.objects.create(patron=member, name=name)
        record = a_record(name, isbns=[CAT])
        ShelfEntry.objects.create(shelf=shelf, record=record, position=1)
    assert at_home.get(EXPORT, {"as": "isbn"}).content.decode() == f"{CAT}\n"
    page = text(at_home.get(EXPORT))
    assert f'href="{EXPORT}?as=csv&amp;shelf={shelf.pk}"' in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": " \n"}, "ISBNを入力するか、ファイルを選んでください"),
        ({"text": ",,\n;"}, "ISBNの行がありません"),
        ({"text": "1\n" * 3001}, "行が多すぎます"),
        ({"text": "あ" * 50_001}, "50000文字までにしてください"),
        ({"file": b"\xff\x00\x81" * 9}, "ファイルを読めません"),
        ({"file": b"1" * 1_000_001}, "ファイルが大きすぎます"),
        ({"file": b"1", "text": "こころ"}, "どちらか一つにしてください"),
    ],
)
def test_what_cannot_be_taken_says_why_and_keeps_what_was_typed(at_home, sent, sentence):
    if "file" in sent:
        sent["file"] = BytesIO(sent["file"])
        sent["file"].name = "list.txt"
    answer = at_home.post(IMPORT, sent)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert sent.get("text", "").strip() in text(answer)
    assert not Shelf.objects.exists()


@pytest.mark.django_db
def test_nobody_else_sends_a_file_here_and_no_other_page_takes_one(client, at_home):
    def a_file() -> BytesIO:
        file = BytesIO(b"x")
        file.name = "x.txt"
        return file

    assert Client().post(IMPORT, {"file": a_file()}).status_code == 302
    assert at_home.post(SHELVES, {"name": "夏", "file": a_file()}).status_code == 400
