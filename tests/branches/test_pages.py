"""What residents read: today's hours on the home page, every branch in the counter's page."""

import re
from datetime import date
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client

from branches import board
from branches.models import Branch, Closure, OpeningHours

pytestmark = pytest.mark.django_db
HOME, COUNTER = "/", "/counter/"


def page(path: str, language: str = "ja") -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html_of(path, language))))


def html_of(path: str, language: str = "ja") -> str:
    return Client(headers={"accept-language": language}).get(path).content.decode()


def test_the_home_page_tells_the_hours_of_today_and_not_of_yesterday(on):
    on("2026-12-13")
    assert "今日の開館時間 9:00–21:00" in page(HOME)
    assert "Open today 9:00–21:00" in page(HOME, "en")
    on("2026-12-14")
    assert "今日は休館日です（定期の休館日）。次の開館日は12月15日（火）" in page(HOME)
    assert "9:00–21:00" not in page(HOME).replace("（9:00–21:00）です", "")


def test_midnight_passes_without_a_word_from_the_database(
    on, monkeypatch, django_assert_num_queries
):
    on("2026-12-13")
    with django_assert_num_queries(0):
        assert "今日の開館時間" in page(HOME)
        monkeypatch.setattr(
            "django.utils.timezone.localdate", lambda *moment: date.fromisoformat("2026-12-14")
        )
        assert "今日は休館日です" in page(HOME)
        assert "今日は休館日です" in page(COUNTER)


def test_a_closure_of_all_branches_is_told_everywhere(on):
    Closure.objects.create(kind="temporary", first="2026-12-03", last="2026-12-03", reason="台風")
    on("2026-12-03")
    said = "今日は休館日です（臨時休館：台風）。次の開館日は12月4日（金）（9:00–21:00）です。"
    assert said in page(HOME)
    assert page(COUNTER).count("今日は休館日です（臨時休館：台風）。") == Branch.objects.count()
    english = Client(headers={"accept-language": "en"}).get(HOME).content.decode()
    assert 'temporary closure: <span lang="ja">台風</span>' in english


def test_the_closure_of_one_branch_is_told_of_it_alone(on):
    compal = Branch.objects.get(code="compal")
    Closure.objects.create(
        branch=compal, kind="stock_taking", first="2026-12-03", last="2026-12-05"
    )
    on("2026-12-03")
    assert "今日の開館時間" in page(HOME)
    assert page(COUNTER).count("今日は休館日です（特別整理期間）。") == 1
    assert page(COUNTER).count("12月3日（木）から12月5日（土）まで（特別整理期間）") == 1


def test_the_home_page_tells_in_short_when_the_other_branches_are_open(on):
    compal, tobu, *_ = Branch.objects.listed()[1:]
    for branch in (compal, tobu):
        branch.hours.all().delete()
        OpeningHours.objects.create(branch=branch, weekday=3, opens="10:00", closes="17:30")
    Closure.objects.create(branch=tobu, kind="temporary", first="2026-12-03", last="2026-12-03")
    on("2026-12-03")
    others = re.search('<details class="hours__others">.*?</details>', html_of(HOME), re.DOTALL)
    said = re.findall("<span>(.*?)</span> <strong>(.*?)</strong>", others[0])
    # Of the others nothing is known.
    assert said == [(compal.name, "10:00–17:30"), (tobu.name, "休館")]


def test_the_counters_page_lists_every_branch_with_what_is_known(on):
    Branch.objects.filter(code="compal").update(phone="097-000-0000")
    Branch.objects.filter(code="tobu").update(is_listed=False)
    on("2026-12-03")
    html = Client().get(COUNTER).content.decode()
    assert html.count('<details class="branch"') == html.count("<h3") == 13
    assert 'href="tel:097-000-0000"' in html
    assert html.count("tel:") == 1
    text = page(COUNTER)
    assert "〒870-0839 大分市金池南1-5-1" in text
    assert "毎日 9:00–21:00" in text
    assert "開館時間 お問い合わせください" in text
    assert "第2・第4月曜日（祝日・休日のときは、次の平日）、12月28日から1月4日まで" in text
    assert "12月14日（月）" in text
    assert "1月12日（火）" in text
    assert "東部公民館図書室" not in text
    english = page(COUNTER, "en")
    assert "Compal Hall Branch" in english
    assert "Please ask for the opening hours." in english
    assert "14 December (Mon)" in english


def test_where_no_branch_is_known_nothing_is_made_up(branches):
    Branch.objects.all().delete()
    board.read()
    assert "今日" not in page(HOME)
    assert "開館時間は、お問い合わせください。" in page(COUNTER)
    assert "21:00" not in page(COUNTER)


def test_a_new_database_has_the_branches_and_an_old_one_keeps_what_staff_made_of_them(branches):
    assert Branch.objects.count() == 14
    assert Branch.objects.listed().first().hours.count() == 7
    # Not known: to be filled in by staff.
    assert not Branch.objects.get(code="tobu").hours.exists()
    Branch.objects.exclude(code="compal").delete()
    call_command("migrate", verbosity=0)
    assert Branch.objects.get().code == "compal"
    Branch.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert Branch.objects.count() == 14
