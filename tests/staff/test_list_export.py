"""A list as a file: what it shows to who asks, who may have it, and what is recorded of that."""

import csv
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.enums import Event
from audit.models import Record
from patrons.models import Patron, PossibleDouble
from patrons.withholding.shown import WITHHELD
from staff.exporting import TOO_MANY, plain
from tests.patrons.people import imported_patron
from tests.registration.review.reviews import UNCLEAR, case_for

pytestmark = pytest.mark.django_db
PATRONS = "/admin/patrons/patron/"
STAFF = "/admin/accounts/user/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(user: User, **values: object) -> Client:
    client = Client(**values)
    client.force_login(user, BACKEND)
    return client


def member(role: str) -> User:
    user = User.objects.create_user(f"staff-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def manager() -> User:
    return member("管理")


@pytest.fixture
def chief() -> Client:
    return client_of(User.objects.create_superuser("chief", name="館長"))


def export(client: Client, address: str, query: str = "", encoding: str = "utf-8") -> HttpResponse:
    return client.post(f"{address}export/{query}", {"encoding": encoding})


def rows(answer: HttpResponse, codec: str = "utf-8-sig") -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.content.decode(codec), newline="")))


def exported() -> list[tuple[object, ...]]:
    records = Record.objects.filter(event=Event.STAFF_EXPORTED).order_by("pk")
    return list(records.values_list("object_type", "object_id", "patron_id", "fields", "count"))


def test_the_file_is_what_each_member_of_staff_sees(manager, chief):
    imported_patron(number="C000101", name="別府 花子")
    imported_patron(number="C000102", name="大分 秘子", withheld_at=timezone.now())
    clear, masked = (rows(export(who, PATRONS)) for who in (chief, client_of(manager)))
    assert len(clear) == len(masked) == 3
    for table in (clear, masked):
        place = table[0].index("利用者番号")
        assert {row[place] for row in table[1:]} == {"C000101", "C000102"}
        (hidden,) = (row for row in table if row[place] == "C000102")
        assert any(str(WITHHELD) in cell for cell in hidden)
    assert "別府 花子" in str(clear)
    assert "別＊＊" in str(masked)
    for told in ("花子", "秘子", "ハナコ", "1992"):
        assert told in str(clear)
        assert told not in str(masked)


def test_search_filter_and_order_of_the_list_are_the_file_s(chief):
    number = imported_patron(number="C000201").number
    imported_patron(number="C000203", name="別府 三")
    imported_patron(number="C000202", name="別府 二")
    imported_patron(number="C000204", name="別府 四", withdrawn_at=timezone.now())
    page = chief.get(PATRONS, {"withdrawn": "no", "o": "1"})
    shown = [row.number for row in page.context["cl"].result_list]
    table = rows(export(chief, PATRONS, "?withdrawn=no&o=1"))
    place = table[0].index("利用者番号")
    assert [row[place] for row in table[1:]] == shown == ["C000201", "C000202", "C000203"]
    found = rows(export(chief, PATRONS, f"?q={number}"))
    assert [row[place] for row in found[1:]] == [number]


def test_the_file_knows_of_its_rows_what_the_list_knows(chief):
    old, kept = imported_patron(number="C000301"), imported_patron(number="C000302", name="別府 花")
    Patron.objects.filter(pk=old.pk).update(withdrawn_at=timezone.now())
    decider = User.objects.create_user("decider", is_staff=True)
    verdict = {"verdict": "same_person", "staff": decider, "decided_at": timezone.now()}
    PossibleDouble.objects.create(first=old, second=kept, strength="hint", **verdict)
    _, row = rows(export(chief, PATRONS, "?withdrawn=yes"))
    assert "退会済み 同じ方の番号 C000302" in row[-1]


def test_titles_in_the_file_of_the_record_are_read_at_once(chief):
    case = case_for(UNCLEAR)
    for _ in range(5):
        values = {"object_type": "registration.application", "object_id": str(case.pk)}
        Record.objects.create(
            event="staff_opened", actor_kind="staff", fields=[], at=timezone.now(), **values
        )
    with CaptureQueriesContext(connection) as asked:
        table = rows(export(chief, "/admin/audit/record/"))
    assert str(table).count(str(case)) >= 5
    reads = [query["sql"] for query in asked if 'FROM "registration_application"' in query["sql"]]
    # Of the list's first page, and of the file.
    assert len(reads) == 2


def test_every_cell_is_a_text_and_no_formula(chief):
    User.objects.create_user("b", name="=1+1", is_staff=True)
    member("窓口")
    answer = export(chief, STAFF, "?is_superuser__exact=0")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert rows(answer) == [
        ["ユーザー名", "氏名", "役割", "有効", "スーパーユーザー権限", "最終ログイン"],
        ["b", "'=1+1", "", "はい", "いいえ", ""],
        ["staff-窓口", "", "窓口", "はい", "いいえ", ""],
    ]
    today = timezone.localdate().strftime("%Y%m%d")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["Content-Disposition"].endswith(f"_{today}.csv")


def test_cp932_says_which_characters_it_lacks(chief):
    User.objects.create_user("b", name="髙木〜", is_staff=True)
    only = "?is_superuser__exact=0"
    assert [row[:2] for row in rows(export(chief, STAFF, only, "cp932"), "cp932")][1:] == [
        ["b", "髙木～"]
    ]
    User.objects.create_user("c", name="𠮷田é", is_staff=True)
    header, whole, lacking = rows(export(chief, STAFF, only, "cp932"), "cp932")
    assert header[-1] == "CP932にない文字（〓か省略）"
    assert (whole[1], whole[-1]) == ("髙木～", "")
    assert (lacking[1], lacking[-1]) == ("〓田〓", "氏名：U+20BB7 U+00E9")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<th class="x"><a href="/1/">大分　太郎</a></th>', "大分　太郎"),
        ("<td>大分<div>オオイタ</div>1992年<br>4月</td>", "大分 オオイタ 1992年 4月"),
        ("<td><span>大分</span><span>オオイタ</span></td>", "大分 オオイタ"),
        ("<td>&lt;b&gt; &amp;\n&nbsp; x</td>", "<b> & x"),
        ('<td><img src="/yes.svg" alt="はい"></td>', "はい"),
        ("<td>—</td>", ""),
        ("<td>-</td>", ""),
        ("<td>&nbsp;</td>", ""),
    ],
)
def test_markup_of_a_cell_is_plain_text(html, text):
    assert plain(html) == text


def test_who_had_which_list_is_recorded_and_whose_data_were_in_it(manager):
    patron = imported_patron()
    export(client_of(manager), PATRONS, "?exported=no&q=")
    export(client_of(manager), PATRONS, "?q=%E5%A4%AA%E9%83%8E")
    assert exported() == [
        ("patrons.patron", "", None, ["exported"], 1),
        ("patrons.patron", str(patron.pk), patron.pk, [], None),
        ("patrons.patron", "", None, ["q"], 0),
    ]
    assert set(
        Record.objects.filter(event=Event.STAFF_EXPORTED).values_list("actor_id", flat=True)
    ) == {manager.pk}


def test_who_may_not_have_a_list_is_refused_and_that_is_recorded(chief):
    clerk, judge = client_of(member("窓口")), client_of(member("審査"))
    imported_patron()
    for client in (clerk, judge):
        assert "ファイルに書き出す" not in client.get(PATRONS).content.decode()
        assert export(client, PATRONS).status_code == 403
    cases = "/admin/registration/reviewcase/"
    assert "ファイルに書き出す" in judge.get(cases).content.decode()
    assert len(rows(export(judge, cases))) == 1
    refused = Record.objects.filter(event=Event.STAFF_REFUSED)
    assert list(refused.values_list("object_type", "reason")) == [("patrons.patron", "export")] * 2


def test_another_site_gets_nobody_to_export(manager):
    careful = client_of(manager, enforce_csrf_checks=True)
    assert export(careful, PATRONS).status_code == 403
    assert careful.get(f"{PATRONS}export/?encoding=utf-8").status_code == 405
    assert exported() == []


def test_too_many_rows_are_refused_where_the_list_is(chief, monkeypatch):
    monkeypatch.setattr("staff.exporting.MOST_ROWS", 1)
    imported_patron()
    assert len(rows(export(chief, PATRONS))) == 2
    imported_patron(name="別府 二")
    answer = export(chief, PATRONS, "?exported=no")
    assert (answer.status_code, answer.url) == (302, f"{PATRONS}?exported=no")
    page = chief.get(answer.url).content.decode()
    assert TOO_MANY in page
    assert 'value="cp932"' not in page
    assert len(exported()) == 2


@pytest.mark.parametrize("query", ["?registered_at__gte=x", "?p=x", "?o=x"])
def test_an_impossible_address_is_answered_calmly(query, chief):
    assert export(chief, PATRONS, query).status_code in (200, 400)
    assert export(chief, PATRONS, encoding="utf-16").status_code == 400
