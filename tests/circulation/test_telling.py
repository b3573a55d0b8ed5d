"""Telling patrons of loans and holds: when, how often, and never a title."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from branches.calendar import ONE_DAY
from branches.models import Branch, Closure
from circulation.enums import HoldState
from circulation.models import Hold, Loan
from circulation.telling import tell
from notices.delivery import deliver
from notices.enums import FIRST_DAYS_BEFORE_DUE, NoticeKind
from notices.models import Notice
from notices.services import choose_contents, choose_mails
from notices.titles import titles_of
from patrons.models import Patron
from patrons.retention import erase_patron
from tests import many
from tests.catalog.shelves import a_record
from tests.notices.conftest import sink  # noqa: F401
from tests.notices.sink import html_of, text_of
from tests.patrons.people import imported_patron

pytestmark = pytest.mark.django_db
TITLE = "ごんぎつね"
# A Tuesday on which everything is open.
NOW = datetime(2030, 3, 12, 8, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
TODAY = NOW.date()
_numbers = count(1)


def somebody(**said: object) -> Patron:
    """Return a patron who is nobody else."""
    number = next(_numbers)
    return imported_patron(name=f"別府 {number}", email=f"p{number}@example.jp", **said)


@pytest.fixture
def patron(db) -> Patron:
    return imported_patron(contact_method="email")


@pytest.fixture
def lend(patron) -> Callable[..., Loan]:
    """Return `lend(days, **said)`, which lends something that is due in so many days."""
    record = a_record(TITLE)

    def make(days: int, **said: object) -> Loan:
        due = TODAY + timedelta(days=days)
        values = {"patron": patron, "record": record, "due": due} | said
        return Loan.objects.create(item_number=f"L{next(_numbers)}", **values)

    return make


@pytest.fixture
def hold(patron) -> Callable[..., Hold]:
    """Return `hold(state, **said)`, which keeps something for the patron."""

    def make(state: HoldState = HoldState.READY, **said: object) -> Hold:
        number = next(_numbers)
        values = {
            "patron": patron,
            "record": a_record(TITLE),
            "pickup": Branch.objects.get(code="main"),
            "item_number": "" if state == HoldState.WAITING else f"H{number}",
            "keep_until": TODAY + 7 * ONE_DAY,
            "ready_at": NOW,
            "shelf_number": number if state == HoldState.READY else None,
        }
        return Hold.objects.create(state=state, **values | said)

    return make


def told(kind: NoticeKind) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


@pytest.mark.parametrize("chosen", [None, 1, 3, 7])
def test_a_loan_is_told_of_as_long_before_it_is_due_as_its_patron_chose(lend, chosen):
    loans = {days: lend(days, patron=somebody()) for days in range(-1, 9)}
    for loan in loans.values():
        if chosen:
            choose_contents(patron=loan.patron, titles_in_mails=False, days_before_due=chosen)
    tell(now=NOW)
    about = [notice.about for notice in told(NoticeKind.LOAN_DUE)]
    days_told = range((chosen or FIRST_DAYS_BEFORE_DUE) + 1)
    assert sorted(about) == sorted([loans[days].pk] for days in days_told)


def test_a_due_date_is_told_once_and_a_later_one_again(lend):
    loan = lend(2)
    for day in range(3):
        tell(now=NOW + day * ONE_DAY)
    assert len(told(NoticeKind.LOAN_DUE)) == 1
    Loan.objects.update(due=loan.due + timedelta(days=14))
    tell(now=NOW + 13 * ONE_DAY)
    assert len(told(NoticeKind.LOAN_DUE)) == 2


def test_an_overdue_loan_is_told_of_at_once_and_then_every_week(lend):
    loan = lend(-1)
    days = [day for day in range(16) if tell(now=NOW + day * ONE_DAY)]
    # The 18th is the fourth Monday but one; the 25th, the fourth one, is closed.
    assert days == [0, 7, 14]
    Loan.objects.update(due=TODAY + 16 * ONE_DAY)
    assert tell(now=NOW + 17 * ONE_DAY) == 1
    assert {notice.kind for notice in Notice.objects.filter(about=[loan.pk])} == {"loan_overdue"}


def test_nobody_is_urged_to_bring_something_back_on_a_closed_day(lend):
    kind = Closure.Kind.STOCK_TAKING
    Closure.objects.create(first=TODAY, last=TODAY + ONE_DAY, kind=kind, reason="点検")
    lend(-1)
    lend(1)
    tell(now=NOW)
    assert not told(NoticeKind.LOAN_OVERDUE)
    assert "3月13日（水）まで　1点（この日は休館日です）" in told(NoticeKind.LOAN_DUE)[0].body
    assert tell(now=NOW + 2 * ONE_DAY) == 1


def test_loans_of_a_patron_are_one_message_that_counts_them_by_due_date(lend, patron):
    for days in (1, 1, 3):
        lend(days)
    lend(2, patron=somebody(language="en"))
    assert tell(now=NOW) == 2
    japanese, english = told(NoticeKind.LOAN_DUE)
    assert japanese.title == "返却期限が近い資料が3点あります"
    assert "・3月13日（水）まで　2点\n・3月15日（金）まで　1点\n" in japanese.body
    assert english.title == "1 loan is due soon"
    assert "- 14 March (Thu): 1 item\n" in english.body


def test_a_hold_that_is_ready_is_told_with_its_branch_and_day(hold):
    hold()
    tell(now=NOW)
    (notice,) = told(NoticeKind.HOLD_READY)
    assert notice.title == "予約資料が1点用意できました"
    assert f"・{Branch.objects.get(code='main').name}　3月19日（火）まで　1点\n" in notice.body
    assert not tell(now=NOW + ONE_DAY)


@pytest.mark.parametrize(("method", "mailed"), [("none", False), ("phone", False), ("email", True)])
def test_holds_are_told_by_mail_as_the_contact_method_says(hold, patron, method, mailed):
    Patron.objects.update(contact_method=method)
    hold()
    hold(HoldState.EXPIRED, keep_until=TODAY - ONE_DAY)
    assert tell(now=NOW) == 2
    assert {bool(notice.recipient) for notice in Notice.objects.all()} == {mailed}


def test_a_hold_that_was_not_fetched_is_told_once_and_one_that_was_cancelled_not(hold):
    expired = hold(HoldState.EXPIRED, state_told="ready", keep_until=TODAY - ONE_DAY)
    hold(HoldState.EXPIRED, patron=None)
    hold(keep_until=TODAY - ONE_DAY)
    assert tell(now=NOW) == 1
    assert told(NoticeKind.HOLD_EXPIRED)[0].about == [expired.pk]
    assert not tell(now=NOW + ONE_DAY)


def test_a_hold_that_had_to_wait_again_is_told_again(hold):
    one = hold()
    tell(now=NOW)
    Hold.objects.update(state=HoldState.SECURED, shelf_number=None)
    tell(now=NOW + ONE_DAY)
    Hold.objects.filter(pk=one.pk).update(state=HoldState.READY, shelf_number=1)
    assert tell(now=NOW + 2 * ONE_DAY) == 1


def test_what_comes_later_on_the_same_day_is_told_the_next_morning(hold):
    now = timezone.now()
    day = {"keep_until": timezone.localdate(now) + 7 * ONE_DAY}
    first = hold(**day)
    assert tell(now=now) == 1
    later = [hold(**day), hold(**day)]
    assert tell(now=now) == 0
    assert tell(now=now + ONE_DAY) == 1
    about = [notice.about for notice in told(NoticeKind.HOLD_READY)]
    assert about == [[first.pk], [one.pk for one in later]]


def test_a_declined_mail_is_no_mail(lend, patron):
    choose_mails(patron=patron, wanted={NoticeKind.LOAN_DUE: False})
    lend(1)
    assert tell(now=NOW) == 1
    assert told(NoticeKind.LOAN_DUE)[0].recipient == ""


def test_whoever_was_erased_is_told_nothing(lend, patron):
    lend(-1)
    erase_patron(patron_id=patron.pk)
    assert tell(now=NOW) == 0


# -- Secrecy -------------------------------------------------------------------------------------


def places_of(text: str) -> set[str]:
    """Return the tables that have a text anywhere."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = set()
        for table in tables:
            cursor.execute(f'SELECT 1 FROM "{table}" t WHERE t::text LIKE %s', [f"%{text}%"])
            found |= {table} if cursor.fetchone() else set()
    return found


def test_no_title_is_stored_mailed_or_logged(lend, hold, patron, sink, caplog):  # noqa: F811
    caplog.set_level("DEBUG")
    lend(1)
    lend(-1)
    hold()
    hold(HoldState.EXPIRED)
    assert tell(now=NOW) == 4
    for notice in Notice.objects.all():
        deliver(notice_id=notice.pk)
    assert places_of(TITLE) == {"catalog_record"}
    assert len(sink.mails) == 4
    for mail in sink.mails:
        assert TITLE not in f"{mail['Subject']}{text_of(mail)}{html_of(mail)}"
    assert TITLE not in caplog.text
    kwargs = ProcrastinateJob.objects.values_list("args", flat=True)
    assert {key for args in kwargs for key in args} == {"notice_id"}


def test_titles_are_the_patron_s_own_and_go_with_the_loan_and_the_hold(lend, hold):
    lend(1)
    ready = hold()
    expired = hold(HoldState.EXPIRED)
    others = [lend(1, patron=somebody()), hold(patron=somebody())]
    tell(now=NOW)
    notices = Notice.objects.exclude(patron__in=[one.patron_id for one in others])
    by_kind = {notice.kind: notice for notice in notices}
    assert [titles_of(notice) for notice in by_kind.values()] == [[TITLE]] * 3
    by_kind["loan_due"].about = [others[0].pk]
    by_kind["hold_ready"].about = [others[1].pk]
    assert not titles_of(by_kind["loan_due"]) + titles_of(by_kind["hold_ready"])
    Loan.objects.all().delete()
    Hold.objects.filter(pk=ready.pk).update(state=HoldState.EXPIRED, shelf_number=None)
    Hold.objects.filter(pk=expired.pk).update(patron=None)
    assert not [titles for notice in notices for titles in titles_of(notice)]


# -- Accidents, and many -------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["notices_notice", "procrastinate_defer", "circulation_loan"])
def test_killed_in_the_middle_nothing_is_told_twice_and_nothing_lost(lend, table):
    lend(1)
    lend(1, patron=somebody())
    writes = []

    def fail_at_the_second(execute, sql, params, many, context):
        if table in sql and sql.startswith(("INSERT", "UPDATE", "SELECT  unnest")):
            writes.append(sql)
            if len(writes) == 2:
                raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail_at_the_second), pytest.raises(KeyboardInterrupt):
        tell(now=NOW)
    assert Notice.objects.count() == Loan.objects.exclude(due_told=None).count() == 1
    assert tell(now=NOW) == 1
    patrons = Notice.objects.values_list("patron", flat=True)
    assert len(set(patrons)) == len(patrons) == ProcrastinateJob.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_tell_everybody_once(lend):
    for _ in range(20):
        lend(1, patron=somebody())
    counts: list[int] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            counts.append(tell(now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == Notice.objects.count() == 20
    assert Notice.objects.values("patron").distinct().count() == 20


def test_what_is_to_be_told_is_found_by_indexes_of_little_else(fresh_indexes, lend, hold):
    template = lend(10)
    choose_contents(patron=template.patron, titles_in_mails=False, days_before_due=5)
    many.store(
        Loan(patron=template.patron, item_number=f"M{n}", due=TODAY + (n % 30 - 12) * ONE_DAY)
        for n in range(6000)
    )
    soon = Loan.objects.filter(due__lte=TODAY + 5 * ONE_DAY)
    soon.update(due_told=F("due"), overdue_told_on=TODAY)
    many.store(Hold(patron=template.patron, title=TITLE) for _ in range(3000))
    hold(state_told="ready")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE circulation_loan, circulation_hold, notices_noticechoice")
    with CaptureQueriesContext(connection) as asked:
        assert tell(now=NOW) == 0
    found = [query["sql"] for query in asked if "circulation_" in query["sql"]]
    assert not [line for sql in found for line in plan(sql) if "Seq Scan on circulation" in line]
    with connection.cursor() as cursor:
        # Few rows cost little in whatever index: let the others be none.
        cursor.execute("DROP INDEX loan_due, loan_of_patron")
    near = next(sql for sql in found if "due_told" in sql)
    for sql, index in ((near, "loan_due_untold"), (found[0], "hold_waits_again")):
        assert any(index in line for line in plan(sql))
    assert any("hold_untold" in line for line in plan(found[-1]))


def plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        # Whether an index serves it: how few rows are read anyway, each release judges for itself.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return [line for (line,) in cursor.fetchall()]
