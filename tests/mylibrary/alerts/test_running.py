"""The daily run: what arrived is kept and told once, whatever happens in the middle."""

import json
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Record
from catalog.search import arriving
from catalog.search.criteria import read
from mylibrary import tasks
from mylibrary.alerts import running
from mylibrary.alerts.models import ARRIVALS_KEPT, Alert, Arrival
from mylibrary.alerts.running import look_for_arrivals, tell_of_arrivals
from mylibrary.alerts.services import create_alert, delete_alert, pause_alert, resume_alert
from mylibrary.retention import purge_expired
from notices.enums import NoticeKind
from notices.models import MailPreference, Notice
from notices.titles import titles_of
from patrons.models import Patron
from tests.catalog.shelves import a_record, an_item
from tests.catalog.test_criteria import asked
from tests.patrons.people import imported_patron

pytestmark = pytest.mark.django_db
TITLE = "吾輩は猫である"
LONG_AGO = timezone.now() - timedelta(days=365)


def an_alert(patron: Patron, name: str = "猫の本", **search: str) -> Alert:
    return create_alert(patron=patron, criteria=read(asked(**search or {"q": "猫"})), name=name)


def run() -> int:
    """Do what the worker does every morning; return how many patrons were told."""
    look_for_arrivals()
    return tell_of_arrivals()


def tomorrow() -> None:
    """Let all that was told have been told yesterday."""
    Notice.objects.update(created_at=timezone.now() - timedelta(days=1))


def notices():
    return Notice.objects.filter(kind=NoticeKind.ALERT)


@pytest.fixture
def begun(db) -> None:
    """The catalogue was read to the end once."""
    a_record("以前からある猫の本")
    look_for_arrivals()


def arrive(title: str = TITLE, **said) -> Record:
    """Let a record arrive just now."""
    return a_record(title, added_at=timezone.now(), **said)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Let what this test has stored be seen by all: its transaction began before."""
    monkeypatch.setattr(running, "settled_at", timezone.now)


def test_what_arrives_is_told_once_with_its_title_on_reading_only(begun, patron):
    an_alert(patron)
    new = arrive()
    arrive("犬の本")
    assert run() == 1
    (notice,) = notices()
    assert (notice.patron, notice.recipient) == (patron, patron.email)
    assert "1点" in notice.body
    assert titles_of(notice) == [TITLE]
    assert list(Arrival.objects.values_list("record", flat=True)) == [new.pk]
    tomorrow()
    assert run() == 0
    arrive("坊っちゃんと猫")
    assert run() == 1


def test_no_text_job_or_log_has_title_name_or_search(begun, patron, caplog):
    caplog.set_level("DEBUG")
    an_alert(patron, name="ひみつの名前")
    arrive()
    run()
    rows = [*notices(), *ProcrastinateJob.objects.all()]
    stored = json.dumps(json.loads(serializers.serialize("json", rows)), ensure_ascii=False)
    for secret in (TITLE, "ひみつ", "猫", "%E7%8C%AB"):
        assert secret not in stored + caplog.text


def test_one_message_a_patron_a_day_for_all_alerts_each_record_once(begun, patron):
    an_alert(patron)
    an_alert(patron, author="", word1="夏目漱石", field1="author")
    arrive(authors=["夏目漱石"])
    arrive("坊っちゃん", authors=["夏目漱石"])
    assert run() == 1
    assert "2点" in notices().get().body
    assert sorted(titles_of(notices().get())) == sorted([TITLE, "坊っちゃん"])
    arrive("猫の手帖")
    assert run() == 0
    tomorrow()
    assert run() == 1
    assert titles_of(notices().first()) == ["猫の手帖"]


def test_each_patron_is_told_of_the_own_alerts(begun, patron):
    an_alert(patron)
    other = imported_patron()
    an_alert(other, q="犬")
    twin = an_alert(other, q="猫")
    arrive()
    assert run() == 2
    mine, theirs = (notices().get(patron=one) for one in (patron, other))
    assert set(mine.about).isdisjoint(theirs.about)
    assert titles_of(mine) == titles_of(theirs) == [TITLE]
    mine.patron = other
    assert titles_of(mine) == []
    delete_alert(alert=twin)
    assert titles_of(theirs) == []


def test_a_declined_mail_stays_away_and_the_message_comes(begun, patron):
    MailPreference.objects.create(patron=patron, kind=NoticeKind.ALERT, wanted=False)
    an_alert(patron)
    arrive()
    assert run() == 1
    assert notices().get().recipient == ""


@pytest.mark.parametrize("reason", ["paused", "withdrawn", "deleted record"])
def test_nothing_is_told(begun, patron, reason):
    alert = an_alert(patron)
    new = arrive()
    if reason == "withdrawn":
        Patron.objects.update(withdrawn_at=timezone.now())
    look_for_arrivals()
    if reason == "paused":
        pause_alert(alert=alert)
    if reason == "deleted record":
        new.deleted_at = timezone.now()
        new.save()
    assert tell_of_arrivals() == 0
    if reason == "paused":
        resume_alert(alert=alert)
        assert run() == 0


def test_a_paused_alert_brings_nothing_and_a_resumed_one_what_comes(begun, patron):
    alert = an_alert(patron)
    pause_alert(alert=alert)
    arrive()
    assert run() == 0
    resume_alert(alert=alert)
    arrive("猫の手帖")
    assert run() == 1


def test_a_first_run_looks_back_on_a_day(patron):
    an_alert(patron)
    a_record(TITLE, added_at=timezone.now() - timedelta(hours=1))
    a_record(TITLE, added_at=timezone.now() - timedelta(days=2))
    assert look_for_arrivals() == 1
    assert Arrival.objects.count() == 1


def test_an_alert_of_a_branch_is_told_when_the_first_item_comes_there(begun, patron):
    an_alert(patron, q="猫", branch="main")
    made = arrive()
    assert run() == 0
    an_item(made, "compal")
    assert run() == 0
    an_item(made, "main", "processing")
    assert run() == 1
    assert titles_of(notices().get()) == [TITLE]
    # What was told may be forgotten: a further item is none that anybody waits for.
    tomorrow()
    Arrival.objects.all().delete()
    an_item(made, "main")
    assert run() == 0


def test_an_item_is_no_arrival_for_who_waits_for_records(begun, patron):
    an_alert(patron)
    made = arrive()
    assert run() == 1
    tomorrow()
    Arrival.objects.all().delete()
    an_item(made, "main")
    an_item(Record.objects.exclude(pk=made.pk).get(), "main")
    assert run() == 0


def test_items_that_are_there_at_a_first_run_have_arrived_before(patron):
    an_alert(patron, q="猫", branch="main")
    an_item(a_record(TITLE, added_at=timezone.now() - timedelta(days=2)), "main")
    assert run() == 0


def look_at_two_parts_and_be_killed(monkeypatch) -> None:
    monkeypatch.setattr(arriving, "RECORDS_AT_ONCE", 2)
    match, left = arriving.match, [2]

    def killed(*given):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        match(*given)

    with monkeypatch.context() as patched:
        patched.setattr(arriving, "match", killed)
        with pytest.raises(KeyboardInterrupt):
            look_for_arrivals()


def test_killed_between_items_it_goes_on_there(monkeypatch, begun, patron):
    an_alert(patron, q="猫", branch="main")
    for number in range(5):
        an_item(a_record(TITLE, volume=str(number), added_at=LONG_AGO), "main")
    look_at_two_parts_and_be_killed(monkeypatch)
    assert Arrival.objects.count() == 4
    look_for_arrivals()
    assert Arrival.objects.count() == 5


def test_killed_between_parts_it_goes_on_there(monkeypatch, begun, patron):
    an_alert(patron)
    for number in range(5):
        arrive(volume=str(number))
    look_at_two_parts_and_be_killed(monkeypatch)
    assert Arrival.objects.count() == 4
    assert look_for_arrivals() == 1
    assert Arrival.objects.count() == 5


def test_killed_while_telling_nobody_is_told_twice_or_never(monkeypatch, begun, patron):
    others = [imported_patron(name=f"別府 {name}") for name in ("一子", "二子", "三子")]
    for one in (patron, *others):
        an_alert(one)
    arrive()
    look_for_arrivals()
    monkeypatch.setattr(running, "PATRONS_AT_ONCE", 2)
    tell, left = running._tell, [3]

    def killed(whom):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return tell(whom)

    with monkeypatch.context() as patched:
        patched.setattr(running, "_tell", killed)
        with pytest.raises(KeyboardInterrupt):
            tell_of_arrivals()
    assert notices().count() == 2
    assert tell_of_arrivals() == 2
    assert sorted(notices().values_list("patron", flat=True)) == sorted(
        one.pk for one in (patron, *others)
    )


def test_an_alert_with_all_it_can_hold_says_that_there_are_more(monkeypatch, begun, patron):
    monkeypatch.setattr("mylibrary.alerts.models.MOST_WAITING", 3)
    monkeypatch.setattr(running, "MOST_WAITING", 3)
    monkeypatch.setattr(running, "MOST_TOLD", 2)
    monkeypatch.setattr(arriving, "RECORDS_AT_ONCE", 2)
    an_alert(patron)
    for number in range(8):
        arrive(volume=str(number))
    assert run() == 1
    assert Arrival.objects.count() == 4
    notice = notices().get()
    assert "4点以上" in notice.body
    assert "そのうち、新しい2点の書名" in notice.body
    assert len(titles_of(notice)) == 2


def test_what_was_told_is_forgotten_in_time(begun, patron):
    an_alert(patron)
    arrive()
    run()
    assert purge_expired()["arrivals"] == 0
    Arrival.objects.update(found_at=timezone.now() - ARRIVALS_KEPT - timedelta(minutes=1))
    assert purge_expired()["arrivals"] == 1
    assert titles_of(notices().get()) == []


def test_the_worker_does_it_every_morning(begun, patron):
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[tasks.tell_of_new_arrivals.name] == "0 23 * * *"
    an_alert(patron)
    arrive()
    assert tasks.tell_of_new_arrivals.func(timestamp=0) == {"records": 1, "patrons": 1}
