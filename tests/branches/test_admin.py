"""館 and 休館日 as staff keep them."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from branches import board
from branches.admin import month_and_day
from branches.models import Branch, Closure
from catalog.models import Item, Record
from tests.registration.support import hidden_fields, text
from tests.staff.pages import save

pytestmark = pytest.mark.django_db
BRANCHES = "/admin/branches/branch/"
CLOSURES = "/admin/branches/closure/"
RIGHTS = [
    f"{verb}_{model}"
    for verb in ("view", "add", "change", "delete")
    for model in ("branch", "openinghours", "closure")
]
NO_HOURS = {"hours-TOTAL_FORMS": "0", "hours-INITIAL_FORMS": "0"}
NEW = {
    "name": "新しい図書室",
    "name_en": "New Library",
    "code": "new",
    "order": "200",
    "is_listed": "on",
    "closed_weekday": "0",
    **NO_HOURS,
}


def staff(*rights: str) -> Client:
    user = get_user_model().objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def clerk(branches) -> Client:
    """A member of staff who may keep the branches, and nothing else."""
    return staff(*RIGHTS)


def page_of(branch: Branch) -> str:
    return f"{BRANCHES}{branch.pk}/change/"


def recorded() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event, object_type FROM audit_record WHERE event IN"
            " ('staff_added', 'staff_changed', 'staff_deleted') ORDER BY id"
        )
        return cursor.fetchall()


def hours(*rows: tuple[int, str, str]) -> dict[str, str]:
    sent = {"hours-TOTAL_FORMS": str(len(rows)), "hours-INITIAL_FORMS": "0"}
    for number, (weekday, opens, closes) in enumerate(rows):
        sent |= {
            f"hours-{number}-weekday": str(weekday),
            f"hours-{number}-opens": opens,
            f"hours-{number}-closes": closes,
        }
    return sent


def test_a_branch_is_added_as_it_is_meant(clerk, django_capture_on_commit_callbacks):
    typed = {
        "code": "New",
        "postal_code": "〒８７０－００２１",
        "phone": "０９７ー０００－００００",
        "closed_weeks": ["1", "3"],
        "closed_weekday": "4",
        "year_end_first": "１２月２９日",
        "year_end_last": "1/3",
        **hours((0, "9:00", "17:00"), (5, "10:00", "12:30")),
    }
    with django_capture_on_commit_callbacks(execute=True):
        page = text(clerk.post(f"{BRANCHES}add/", NEW | typed, follow=True))
    assert "1分半ほど" in page
    branch = Branch.objects.get(code="new")
    assert (branch.postal_code, branch.phone) == ("8700021", "097-000-0000")
    assert (branch.closed_weekday, branch.closed_weeks) == (4, [1, 3])
    assert branch.rule.year_end == ("12-29", "01-03")
    assert [str(row) for row in branch.hours.all()] == [
        "月曜日 09:00-17:00",
        "土曜日 10:00-12:30",
    ]
    assert recorded() == [("staff_added", "branches.branch")]
    board.read()
    assert "新しい図書室" in text(Client().get("/counter/"))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"year_end_first": "12-28"}, "両方を入力するか、両方を空欄にしてください。"),
        ({"year_end_last": "01-04"}, "両方を入力するか、両方を空欄にしてください。"),
        (
            {"year_end_first": "12-32", "year_end_last": "01-04"},
            "月と日を「12-28」のように入力してください。",
        ),
        (
            {"year_end_first": "02-30", "year_end_last": "03-01"},
            "月と日を「12-28」のように入力してください。",
        ),
        ({"year_end_first": "大みそか"}, "月と日を「12-28」のように入力してください。"),
        ({"closed_weeks": ["6"]}, "休館の週は、第1から第5までの中から選んでください。"),
        ({"closed_weeks": ["²"]}, "休館の週は、第1から第5までの中から選んでください。"),
        ({"postal_code": "870-08"}, "郵便番号は、7けたの数字で入力してください。"),
        ({"phone": "内線12"}, "電話番号は、市外局番から、数字と「-」で入力してください。"),
        ({"code": "新館"}, "記号は、英小文字、数字、「-」で入力してください。"),
        ({"code": "MAIN"}, "同じ記号の館があります。別の記号を入力してください。"),
        (hours((0, "21:00", "9:00")), "閉館は、開館よりあとにしてください。"),
        (hours((0, "9:00", "9:00")), "閉館は、開館よりあとにしてください。"),
        (hours((0, "9:00", "12:00"), (0, "13:00", "17:00")), "重複"),
        (hours((0, "9時", "12:00")), "時間を正しく入力してください。"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_an_instruction(clerk, typed, message):
    answer = clerk.post(f"{BRANCHES}add/", NEW | typed)
    assert message in text(answer)
    assert 'value="新しい図書室"' in text(answer)
    assert not Branch.objects.filter(name="新しい図書室").exists()


@pytest.mark.parametrize("typed", ["12-28", "12/28", "１２－２８", "12月28日", "12.28", " 12-28 "])
def test_a_day_of_the_year_is_read_however_it_is_written(typed):
    assert month_and_day(typed) == "12-28"


def test_a_code_is_never_changed(clerk):
    branch = Branch.objects.get(code="tobu")
    shown = text(clerk.get(page_of(branch)))
    assert 'name="code"' not in shown
    sent = NEW | {"code": "other", "name": "東部図書室"}
    assert save(clerk, page_of(branch), sent).status_code == 302
    branch.refresh_from_db()
    assert (branch.code, branch.name) == ("tobu", "東部図書室")
    assert recorded() == [("staff_changed", "branches.branch")]


def test_what_the_rule_does_in_the_next_eight_weeks_is_shown(clerk, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *moment: date(2026, 11, 30))
    main = Branch.objects.get(code="main")
    Closure.objects.create(kind="temporary", first="2026-12-03", last="2026-12-03", reason="<b>")
    page = text(clerk.get(page_of(main)))
    days = page.partition("今後8週間の休館日")[2].partition("</ul>")[0]
    assert days.count("<li>") == 4
    assert "12月3日（木）（臨時休館：&lt;b&gt;）" in days
    assert "12月14日（月）" in days
    assert "12月28日（月）から1月4日（月）まで（年末年始）" in days
    assert "1月12日（火）" in days
    assert "保存すると、ここに表示します。" in text(clerk.get(f"{BRANCHES}add/"))


def test_a_branch_with_items_is_kept(clerk):
    branch = Branch.objects.get(code="tobu")
    record = Record.objects.create(control_number="1", title="書名", title_key="書名", grams="")
    item = Item.objects.create(record=record, number="1", branch=branch)
    address = f"{BRANCHES}{branch.pk}/delete/"
    for answer in (clerk.get(address), clerk.post(address, {"post": "yes"})):
        assert answer.status_code == 403
        assert "所蔵資料があるので、削除できません" in text(answer)
    item.delete()
    assert save(clerk, address, {"post": "yes"}).status_code == 302
    assert not Branch.objects.filter(code="tobu").exists()
    assert recorded() == [("staff_deleted", "branches.branch")]


def closure(**typed: str) -> dict[str, str]:
    days = {"first": "2026-12-10", "last": "2026-12-12"}
    return {"branch": "", "kind": "stock_taking", "reason": "", **days} | typed


def test_a_closure_is_added_changed_and_deleted(clerk, django_capture_on_commit_callbacks):
    page = text(clerk.get(f"{CLOSURES}add/"))
    assert "すべての館</option>" in page
    sent = hidden_fields(page) | closure(kind="temporary", reason=" 台風の\n接近 ")
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(f"{CLOSURES}add/", sent)
    added = Closure.objects.get()
    assert (added.branch, added.reason) == (None, "台風の 接近")
    assert "すべての館" in text(clerk.get(CLOSURES))
    # Periods may overlap.
    compal = Branch.objects.get(code="compal")
    clerk.post(f"{CLOSURES}add/", closure(branch=str(compal.pk)))
    assert Closure.objects.filter(branch=compal).count() == 1
    save(clerk, f"{CLOSURES}{added.pk}/change/", closure(last="2026-12-20"))
    added.refresh_from_db()
    assert added.last == date(2026, 12, 20)
    save(clerk, f"{CLOSURES}{added.pk}/delete/", {"post": "yes"})
    assert Closure.objects.get().branch == compal
    events = ["staff_added", "staff_added", "staff_changed", "staff_deleted"]
    assert recorded() == [(event, "branches.closure") for event in events]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (closure(last="2026-12-09"), "末日は、初日か、それよりあとにしてください。"),
        (closure(first=""), "初日を入力してください。"),
        (closure(last=""), "末日を入力してください。"),
        (closure(kind=""), "種類を選択してください。"),
        (closure(first="2026-02-30"), "日付を正しく入力してください。"),
        (closure(branch="999999"), "正しく選択してください。"),
    ],
)
def test_a_closure_that_cannot_be_is_answered_with_an_instruction(clerk, typed, message):
    assert message in text(clerk.post(f"{CLOSURES}add/", typed))
    assert not Closure.objects.exists()


def test_who_may_only_look_changes_nothing(branches):
    looker = staff("view_branch", "view_openinghours", "view_closure")
    main = Branch.objects.get(code="main")
    assert looker.get(page_of(main)).status_code == 200
    assert looker.post(page_of(main), NEW).status_code == 403
    assert looker.post(f"{CLOSURES}add/", closure()).status_code == 403
    assert looker.post(f"{BRANCHES}{main.pk}/delete/", {"post": "yes"}).status_code == 403
    assert not Closure.objects.exists()
    assert Branch.objects.get(code="main").name == main.name


def test_the_database_refuses_half_a_turn_of_the_year():
    with pytest.raises(IntegrityError), transaction.atomic():
        Branch.objects.create(code="half", name="館", name_en="Branch", year_end_first="12-28")
