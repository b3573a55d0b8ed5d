"""カレンダー: what programs read at the secret address, and who can end that."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from circulation import port
from circulation.local.system import LocalSystem
from circulation.models import Loan
from mylibrary.calendar import ics
from mylibrary.calendar.models import CalendarFeed
from mylibrary.reset.services import stop_resets
from notices.models import Notice
from patrons.withholding.services import end_withholding
from tests.mylibrary.usage.lent import a_hold, a_loan, branch, come_back
from tests.withheld import NOTE, member_of_staff, withheld

CALENDAR = "/mylibrary/calendar/"
NOW = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)


def address(client) -> str:
    """Return the path and query that the page shows."""
    page = client.get(CALENDAR).content.decode()
    return re.search(r'value="https?://[^/]*(/[^"]*)"', page)[1]


def read(sent: bytes) -> list[dict[str, str]]:
    """Read a calendar strictly (RFC 5545, sections 3.1 and 3.6); return the events."""
    assert sent.endswith(b"\r\n")
    lines = sent.removesuffix(b"\r\n").split(b"\r\n")
    assert all(line and len(line) <= 75 and b"\n" not in line for line in lines)
    whole: list[str] = []
    for line in lines:
        text = line.decode()
        if text.startswith(" "):
            whole[-1] += text[1:]
        else:
            whole.append(text)
    assert (whole[0], whole[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    events: list[dict[str, str]] = []
    is_within = False
    for line in whole[1:-1]:
        name, value = re.fullmatch(r"([A-Z-]+)(?:;[A-Z]+=[A-Z-]+)*:(.*)", line).groups()
        if name in ("BEGIN", "END"):
            assert value == "VEVENT"
            assert is_within == (name == "END")
            is_within = name == "BEGIN"
            events += [{}] if is_within else []
        elif is_within:
            assert name not in events[-1]
            events[-1][name] = value
    for event in events:
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= event.keys()
        assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"])
    assert len({event["UID"] for event in events}) == len(events)
    return events


@pytest.fixture
def feed(at_home) -> str:
    at_home.post(f"{CALENDAR}make/")
    return address(at_home)


def test_without_a_choice_there_is_none(at_home):
    assert "アドレスを作る" in at_home.get(CALENDAR).content.decode()
    assert not CalendarFeed.objects.exists()


def test_days_and_numbers_are_read_without_login_and_cookie(feed, member):
    a_loan(member, "こころ", days_ago=4)
    a_loan(member, "三四郎", days_ago=4)
    a_loan(member, "門", days_ago=1)
    come_back(a_hold(member, "草枕"))
    answer = Client().get(feed)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert not answer.cookies
    due = timezone.localdate() + timedelta(days=10)
    first, second, hold = read(answer.content)
    assert (first["SUMMARY"], first["DTSTART"]) == ("図書館の返却期限（2冊）", f"{due:%Y%m%d}")
    assert second["SUMMARY"] == "図書館の返却期限（1冊）"
    assert (hold["SUMMARY"], hold["LOCATION"]) == (
        "予約資料の取り置き期限（1冊）",
        branch().name,
    )
    for title in ("こころ", "三四郎", "門", "草枕", member.name, member.number):
        assert title not in answer.content.decode()
    assert [one["UID"] for one in read(Client().get(feed).content)] == [
        one["UID"] for one in (first, second, hold)
    ]


def test_titles_are_there_by_choice(at_home, member):
    a_loan(member, "こころ; 上,下")
    at_home.post(f"{CALENDAR}make/", {"titles": "on"})
    (event,) = read(Client().get(address(at_home)).content)
    assert event["DESCRIPTION"] == "こころ\\; 上\\,下"


def test_what_is_lent_for_ever_is_in_it(feed, member):
    a_loan(member)
    Loan.objects.update(due=date.max)
    (event,) = read(Client().get(feed).content)
    assert event["DTSTART"] == "99991231"


def test_another_address_ends_the_one_before_and_the_button_ends_both(at_home, feed):
    at_home.post(f"{CALENDAR}make/")
    another = address(at_home)
    assert another != feed
    assert Client().get(feed).status_code == 404
    assert Client().get(another).status_code == 200
    at_home.post(f"{CALENDAR}end/")
    assert Client().get(another).status_code == 404


@pytest.mark.parametrize("key", ["", "x", "a" * 32, "\0", "a" * 32 + ":" + "b" * 43])
def test_other_keys_open_nothing(feed, key):
    assert Client().get(f"{CALENDAR}feed.ics", {"key": key}).status_code == 404


def test_other_keys_are_refused_without_writing(feed, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get(f"{CALENDAR}feed.ics", {"key": "x"}).status_code == 404


@pytest.mark.parametrize("column", ["withdrawn_at", "withheld_at"])
def test_who_has_left_or_is_withheld_is_not_told_of(feed, member, column):
    setattr(member, column, timezone.now())
    member.save()
    assert Client().get(feed).status_code == 404


def test_what_was_withheld_once_is_over_for_ever(feed, at_home, member, log_in):
    withheld(member)
    assert end_withholding(patron=member, staff=member_of_staff(), note=NOTE)
    assert Client().get(feed).status_code == 404
    log_in(at_home, member.number)
    assert "このアドレスを知っている人" not in at_home.get(CALENDAR).content.decode()


def test_an_address_that_somebody_else_has_made_is_told_of_and_ended(feed, member):
    (told,) = Notice.objects.filter(kind="security")
    assert (told.patron, told.recipient) == (member, member.email)
    assert "カレンダーのアドレスが、作られました" in told.subject
    assert feed.partition("=")[2] not in told.body
    stop_resets(patron=member)
    assert Client().get(feed).status_code == 404


def test_what_is_not_known_leaves_what_was_read(feed, monkeypatch):
    def items(self, *, patron):
        raise port.Unavailable

    system = type("OtherSystem", (LocalSystem,), {"items": items})()
    monkeypatch.setattr(port, "_adapter", lambda name: system)
    answer = Client().get(feed)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_long_lines_are_cut_between_characters():
    event = ics.Event("1@x", date(2026, 3, 31), "あ" * 200, "a\\b\nc\rd")
    sent = ics.calendar("図書館", [event], now=NOW)
    (found,) = read(sent)
    assert found["SUMMARY"] == "あ" * 200
    assert found["DESCRIPTION"] == "a\\\\b\\ncd"
    assert found["DTSTART"] == "20260331"
    assert found["DTSTAMP"] == "20260310T000000Z"
