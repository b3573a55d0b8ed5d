"""Hours and closed days in words."""

from datetime import date, time

import pytest
from django.utils.translation import override

from branches import words
from branches.calendar import Calendar, Closed, Hours, Rule

OITA = Rule(weeks=(2, 4), year_end=("12-28", "01-04"))
NINE_TO_NINE = Hours(time(9), time(21))
DAILY = tuple((weekday, NINE_TO_NINE) for weekday in range(7))
STORM = Closed(date(2026, 12, 4), date(2026, 12, 6), "temporary", "台風10号の接近")
STOCK = Closed(date(2026, 12, 8), date(2026, 12, 10), "stock_taking")
LIBRARY = Calendar(OITA, DAILY, (STORM, STOCK))


@pytest.mark.parametrize(
    ("day", "japanese", "english"),
    [
        (date(2026, 12, 3), "今日の開館時間 9:00–21:00", "Open today 9:00–21:00"),
        (
            date(2026, 12, 14),
            "今日は休館日です（定期の休館日）。次の開館日は12月15日（火）（9:00–21:00）です。",
            "Closed today (regular closing day). Open again on 15 December (Tue), 9:00–21:00.",
        ),
        (
            date(2026, 12, 5),
            "今日は休館日です（臨時休館：台風10号の接近）。"
            "次の開館日は12月7日（月）（9:00–21:00）です。",
            "Closed today (temporary closure: 台風10号の接近)."
            " Open again on 7 December (Mon), 9:00–21:00.",
        ),
        (
            date(2026, 12, 31),
            "今日は休館日です（年末年始）。次の開館日は1月5日（火）（9:00–21:00）です。",
            "Closed today (New Year holidays). Open again on 5 January (Tue), 9:00–21:00.",
        ),
    ],
)
def test_today(day, japanese, english):
    assert words.today(LIBRARY, day) == japanese
    with override("en"):
        assert words.today(LIBRARY, day) == english


def test_who_is_closed_for_long_promises_no_day():
    rebuilt = Calendar(OITA, DAILY, (Closed(date(2026, 1, 1), date(2027, 12, 1), "temporary"),))
    assert words.today(rebuilt, date(2026, 12, 3)) == "今日は休館日です（臨時休館）。"


def test_hours_that_nobody_knows_are_asked_for():
    unknown = Calendar(OITA)
    assert words.today(unknown, date(2026, 12, 3)) == "開館時間は、お問い合わせください。"
    assert words.today(unknown, date(2026, 12, 14)) == "今日は休館日です（定期の休館日）。"
    assert words.weekly(unknown) == ()


def test_the_hours_of_a_week():
    assert words.weekly(LIBRARY) == ("毎日 9:00–21:00",)
    short = Hours(time(10), time(17, 30))
    week = Calendar(OITA, (*((day, NINE_TO_NINE) for day in range(5)), (5, short)))
    assert words.weekly(week) == ("月–金 9:00–21:00", "土 10:00–17:30", "日 休館")
    with override("en"):
        assert words.weekly(week) == ("Mon–Fri 9:00–21:00", "Sat 10:00–17:30", "Sun closed")
        assert words.weekly(LIBRARY) == ("Daily 9:00–21:00",)
    apart = Calendar(OITA, tuple((day, short) for day in (0, 2, 3)))
    assert words.weekly(apart) == ("月・水・木 10:00–17:30", "火・金–日 休館")


def test_the_rule_of_the_year():
    japanese = "第2・第4月曜日（祝日・休日のときは、次の平日）、12月28日から1月4日まで"
    assert words.yearly(OITA) == japanese
    with override("en"):
        assert words.yearly(OITA) == (
            "2nd and 4th Monday of the month (if a public holiday, the next weekday);"
            " from 28 December to 4 January"
        )
    assert words.yearly(Rule()) == ""
    assert words.yearly(Rule(weekday=4, weeks=(1,))) == "第1金曜日（祝日・休日のときは、次の平日）"


def test_closed_days_ahead_are_told_in_rows_and_to_their_end():
    assert words.closed_ahead(LIBRARY, date(2026, 11, 30)) == (
        "12月4日（金）から12月6日（日）まで（臨時休館：台風10号の接近）",
        "12月8日（火）から12月10日（木）まで（特別整理期間）",
        "12月14日（月）",
        # The next month ends here; the row goes on.
        "12月28日（月）から1月4日（月）まで（年末年始）",
    )
    assert words.closed_ahead(Calendar(), date(2026, 11, 30)) == ()


def test_the_month_after_the_next_is_not_told():
    for day in (date(2026, 7, 1), date(2026, 7, 31), date(2027, 1, 31), date(2027, 2, 1)):
        told = words.closed_ahead(Calendar(Rule(weeks=(1, 2, 3, 4, 5))), day)
        month = (day.month + 2 - 1) % 12 + 1
        assert told
        assert not [line for line in told if line.startswith(f"{month}月")]
