"""The statistics on the first page, and what may be downloaded."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Record
from figures.periods import DAY
from figures.services import count_until
from tests.figures.conftest import noon
from tests.patrons.people import imported_patron
from tests.registration.support import registered
from tests.staff.pages import staff_with

pytestmark = pytest.mark.django_db
PAGE = "/admin/"
AUGUST = date(2026, 8, 1)
CSV = "/admin/statistics/{}.csv?from=2026-04-01&to=2026-10-15"


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def august() -> None:
    """40 from 大分市, 12 from 別府市, 3 from 由布市 registered in a month that is counted."""
    towns = ["44201"] * 40 + ["44202"] * 12 + ["44213"] * 3
    for number, town in enumerate(towns):
        imported_patron(
            registered_at=noon(AUGUST),
            registered_via="online",
            municipality_code=town,
            birth_date="20180405" if number < 10 else "19800405",
            namesake_no=number,
        )
    count_until(last=date(2026, 10, 2))


def test_the_first_page_shows_today_before_anything_was_counted(staff):
    registered(Client())
    page = text(staff.get(PAGE))
    assert "<strong>1人</strong>" in page
    assert "まだ、終わった月がありません" in page
    # No day that was not counted is a zero without a word.
    assert "夜間の集計がまだ終わっていないため、最近3日の分だけを表示しています。" in page
    assert page.count('<svg class="chart"') == 2


def test_a_day_that_was_counted_is_not_counted_live_as_well(staff):
    imported_patron(registered_at=noon(timezone.localdate() - DAY), registered_via="online")
    registered(Client())
    since = {"from": f"{timezone.localdate() - DAY}", "to": f"{timezone.localdate()}"}
    for _ in range(2):
        assert "<strong>2人</strong>" in text(staff.get(PAGE, since))
        count_until()


def test_it_takes_the_permission(august):
    for permissions, shown in (((), True), (("patrons.change_patron",), False)):
        client = staff_with()
        user = client.get(PAGE).wsgi_request.user
        if not shown:
            user.user_permissions.remove(user.user_permissions.get(codename="view_statistics"))
        assert ("登録の統計" in text(client.get(PAGE))) is shown, permissions
        assert client.get(CSV.format("age")).status_code == (200 if shown else 403)
        user.delete()
    (refused,) = Record.objects.filter(event="staff_refused")
    assert (refused.object_type, refused.reason) == ("figures.count", "download")
    assert Client().get(CSV.format("age")).status_code == 302


def rows(response) -> list[list[str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


def test_a_file_has_whole_months_of_one_dimension_and_no_few_people(staff, august):
    response = staff.get(CSV.format("municipality"))
    assert 'filename="statistics-municipality-202604-202610.csv"' in response["Content-Disposition"]
    head, *months = rows(response)
    assert head[:3] == ["月", "計", "大分市"]
    found = dict(zip(head, months[0], strict=True))
    assert [row[0] for row in months] == ["2026-08", "2026-09"]
    assert (found["計"], found["大分市"], found["別府市"], found["由布市"]) == (
        "55",
        "40",
        "＊",
        "＊",
    )
    head, month, _ = rows(staff.get(CSV.format("age")))
    found = dict(zip(head, month, strict=True))
    assert (found["児童"], found["小学生"], found["40代"]) == ("10", "10", "45")
    assert rows(staff.get(CSV.format("route")))[1] == ["2026-08", "55", "55", "0", "0"]
    for name in ("held_municipality", "held_age", "step", "end"):
        assert rows(staff.get(CSV.format(name)))[0][0] == "月"
    assert staff.get(CSV.format("name")).status_code == 404
    bad = staff.get("/admin/statistics/age.csv?from=x")
    assert bad.status_code == 302
    assert "日付を読み取れません" in text(staff.get(bad.url))
    assert staff.post(CSV.format("age")).status_code == 405


def test_the_page_hides_what_the_file_hides(staff, august):
    page = text(staff.get(PAGE, {"from": "2026-08-01", "to": "2026-09-30"}))
    assert "2026年8月1日" in page
    assert "<td>40</td>" in page
    assert "<td>12</td>" not in page
    assert page.count("<td>＊</td>") >= 4


def test_what_was_typed_wrongly_is_told_and_stays(staff):
    page = text(staff.get(PAGE, {"from": "2026-05-01", "to": "2026-04-01<"}))
    assert 'role="alert">日付を読み取れません' in page
    assert 'value="2026-05-01"' in page
    assert 'value="2026-04-01&lt;"' in page


def test_days_that_the_worker_has_not_counted_are_told(staff):
    imported_patron(registered_at=noon(timezone.localdate() - 20 * DAY))
    count_until(last=timezone.localdate() - 10 * DAY)
    assert "日までと、最近3日の分だけを表示しています" in text(staff.get(PAGE))
    count_until()
    assert "最近3日" not in text(staff.get(PAGE))
