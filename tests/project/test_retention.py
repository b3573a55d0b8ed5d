"""How long things are kept: each rule just inside and just outside its time, and how it is run."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import LoginBucket, Session
from mylibrary.mynumber.models import LinkOffer, OfferPurpose
from mylibrary.own_data.models import ErasureRequest, ErasureState
from mylibrary.requests.models import PurchaseSuggestion, WantedTitle
from myna_auth.models import AuthRequest
from notices.models import Notice
from oita_library import retention
from oita_library.tasks import PurgeIncomplete, apply_retention
from patrons.models import Patron, PatronExport
from patrons.retention import delete_in_batches
from registration.application.enums import CLOSED_STATES
from registration.application.models import Application, ApplicationTransition
from registration.review.models import ReviewDecision, Verdict
from tests.patrons import processes
from tests.patrons.people import imported_patron
from tests.waiting import eventually

SECOND = timedelta(seconds=30)
SETTINGS = {
    "RETENTION_WITHDRAWN_DAYS": 365,
    "RETENTION_APPLICATION_DAYS": 365,
    "RETENTION_MESSAGE_DAYS": 730,
    "RETENTION_MAIL_DAYS": 30,
    "RETENTION_ERASURE_REQUEST_DAYS": 1095,
    "RETENTION_REQUEST_DAYS": 180,
    "RETENTION_EXPORT_RECORD_DAYS": 1095,
    "RETENTION_STAFF_LOG_DAYS": 1095,
    "RETENTION_AUDIT_DAYS": 365,
}
# Nothing personal would be lawful to keep for ever: these are at least so many days. The database
# deletes no younger audit record, whoever asks.
NEVER_FOR_EVER = {
    "RETENTION_WITHDRAWN_DAYS": 1,
    "RETENTION_MAIL_DAYS": 1,
    "RETENTION_AUDIT_DAYS": 30,
}

# What `purge_expired` prints, in the order of its rules; two rules have several kinds.
SEVERAL = {
    "drafts_and_reviews": ["drafts", "reviews"],
    "library_system": ["library_requests", "snapshots"],
    "unfinished_steps": [
        *("device_cards", "offers", "confirmations", "resets", "first_login_codes", "arrivals"),
    ],
}
KINDS = [kind for rule in retention.RULES for kind in SEVERAL.get(rule, [rule])]


def ago(days: int, more: timedelta = timedelta()) -> datetime:
    return timezone.now() - timedelta(days=days) - more


def apply() -> dict[str, int]:
    """Apply every rule and return what it counted, without the zeros."""
    counts = dict(retention.apply_rules())
    assert None not in counts.values()
    return {kind: count for kind, count in counts.items() if count}


def withdrawn(moment: datetime) -> Patron:
    return imported_patron(name=f"別府 {moment}", withdrawn_at=moment)


def closed_application(moment: datetime, **columns: object) -> Application:
    values = {"state": "expired", "expires_at": moment} | columns
    application = Application.objects.create(**values)
    ApplicationTransition.objects.create(
        application=application, to_state=values["state"], reason="timed_out", at=moment
    )
    return application


def message(moment: datetime, **columns: object) -> Notice:
    values = {"kind": "security", "subject": "件名", "body": "本文"} | columns
    if "patron" not in values:
        values["patron"] = Patron.objects.first() or imported_patron()
    notice = Notice.objects.create(**values)
    Notice.objects.filter(pk=notice.pk).update(created_at=moment)
    return notice


def mail_to_a_stranger(moment: datetime, **columns: object) -> Notice:
    sent = {"patron": None, "recipient": "someone@example.jp", "sent_at": moment}
    return message(moment, **(sent | columns))


def erasure_request(moment: datetime, state: str = ErasureState.CANCELLED) -> ErasureRequest:
    patron = Patron.objects.first() or imported_patron()
    return ErasureRequest.objects.create(patron=patron, state=state, closed_at=moment)


def closed_suggestion(moment: datetime) -> PurchaseSuggestion:
    title = {"title": "月光の図書館"}
    wanted = WantedTitle.objects.create(**title, state="declined", state_at=moment)
    patron = Patron.objects.first() or imported_patron()
    return PurchaseSuggestion.objects.create(patron=patron, wanted=wanted, **title)


def export_record(moment: datetime) -> PatronExport:
    counts = dict.fromkeys(("patrons", "marked", "reported"), 1)
    return PatronExport.objects.create(
        started_at=moment, finished_at=moment, file_name="f.csv", encoding="utf-8-sig", **counts
    )


def staff_log(moment: datetime) -> LogEntry:
    staff = get_user_model().objects.filter(is_staff=True).first()
    return LogEntry.objects.create(
        user=staff or get_user_model().objects.create_superuser("librarian", "only-for-this"),
        content_type=ContentType.objects.get_for_model(Patron),
        object_id="1",
        object_repr="8000028",
        action_flag=CHANGE,
        action_time=moment,
    )


MAKERS: dict[str, tuple[str, Callable[[datetime], object]]] = {
    "withdrawn_patrons": ("RETENTION_WITHDRAWN_DAYS", withdrawn),
    "applications": ("RETENTION_APPLICATION_DAYS", closed_application),
    "messages": ("RETENTION_MESSAGE_DAYS", message),
    "mails": ("RETENTION_MAIL_DAYS", mail_to_a_stranger),
    "erasure_requests": ("RETENTION_ERASURE_REQUEST_DAYS", erasure_request),
    "requests": ("RETENTION_REQUEST_DAYS", closed_suggestion),
    "export_records": ("RETENTION_EXPORT_RECORD_DAYS", export_record),
    "staff_log": ("RETENTION_STAFF_LOG_DAYS", staff_log),
}


def is_there(row: object) -> bool:
    if isinstance(row, Patron):
        return Patron.objects.filter(pk=row.pk, erased_at=None).exists()
    return type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("days", ["default", 1, 45])
def test_a_row_just_outside_its_time_goes_and_one_just_inside_stays(kind, days, settings):
    name, make = MAKERS[kind]
    if days == "default":
        days = SETTINGS[name]
    setattr(settings, name, days)
    inside, outside = make(ago(days, -SECOND)), make(ago(days, SECOND))
    assert apply() == {kind: 1}
    assert is_there(inside)
    assert not is_there(outside)
    assert apply() == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind", [k for k, (name, _) in MAKERS.items() if name not in NEVER_FOR_EVER]
)
def test_zero_days_is_for_ever(kind, settings):
    name, make = MAKERS[kind]
    setattr(settings, name, 0)
    row = make(ago(20_000))
    assert apply() == {}
    assert is_there(row)


def test_the_defaults_are_those_that_are_documented(settings):
    assert {name: getattr(settings, name) for name in SETTINGS} == SETTINGS
    assert {name for name in dir(django_settings) if name.startswith("RETENTION_")} == set(SETTINGS)


@pytest.mark.django_db
@pytest.mark.parametrize("state", CLOSED_STATES)
def test_an_application_goes_with_its_moves(state):
    columns = {"state": state}
    if state == "registered":
        patron = imported_patron()
        columns |= {"patron": patron, "registered_at": timezone.now()}
    closed_application(ago(400), **columns)
    stays = state == "registered"
    assert apply() == ({} if stays else {"applications": 1})
    assert ApplicationTransition.objects.count() == stays


@pytest.mark.django_db
def test_the_application_of_a_patron_stays_as_long_as_the_patron():
    patron = imported_patron()
    application = closed_application(
        ago(400), state="registered", patron=patron, registered_at=ago(400)
    )
    assert apply() == {}
    Patron.objects.update(withdrawn_at=ago(366))
    assert apply() == {"withdrawn_patrons": 1}
    assert apply() == {"applications": 1}
    assert not is_there(application)


@pytest.mark.django_db
def test_what_staff_decided_on_stays(django_user_model):
    staff = django_user_model.objects.create_superuser("librarian", "only-for-this")
    case = closed_application(ago(5000), state="refused")
    decision = ReviewDecision.objects.create(
        application=case, verdict=Verdict.COUNTER, note="n", staff=staff
    )
    under_it = closed_application(ago(5000), decision=decision)
    assert apply() == {}
    assert is_there(case)
    assert is_there(under_it)


@pytest.mark.django_db
def test_open_applications_are_not_for_this_rule():
    open_one = Application.objects.create(expires_at=ago(-1))
    Application.objects.filter(pk=open_one.pk).update(created_at=ago(5000))
    assert apply() == {}
    Application.objects.update(expires_at=ago(5000))
    # Of one that nobody was identified in, nothing is worth keeping.
    assert apply() == {"drafts": 1}
    assert not is_there(open_one)


@pytest.mark.django_db
def test_an_open_request_for_erasure_waits_for_ever():
    patron = imported_patron()
    ErasureRequest.objects.create(patron=patron, requested_at=ago(5000))
    assert apply() == {}


@pytest.mark.django_db
def test_a_patron_who_never_logged_in_is_not_erased():
    patron = imported_patron(registered_at=ago(5000), first_login_until=ago(4900))
    assert apply() == {}
    assert is_there(patron)


@pytest.mark.django_db
def test_messages_go_read_or_not_and_a_mail_that_waits_is_never_lost():
    read, unread = message(ago(731), read_at=ago(700)), message(ago(731))
    waiting = mail_to_a_stranger(ago(31), sent_at=None)
    assert apply() == {"messages": 2}
    assert is_there(waiting)
    assert not is_there(read)
    assert not is_there(unread)


@pytest.mark.django_db
def test_a_message_that_was_written_while_its_patron_was_erased_goes_the_next_night():
    patron = withdrawn(ago(366))
    assert apply() == {"withdrawn_patrons": 1}
    message(timezone.now(), patron=patron)
    assert apply() == {"messages": 1}


@pytest.mark.django_db
def test_the_mail_that_says_that_all_was_erased_goes_once_it_is_sent():
    waiting = mail_to_a_stranger(timezone.now(), kind="erasure", sent_at=None)
    sent = mail_to_a_stranger(timezone.now(), kind="erasure")
    other = mail_to_a_stranger(timezone.now())
    assert apply() == {"mails": 1}
    assert [is_there(notice) for notice in (waiting, sent, other)] == [True, False, True]


@pytest.mark.django_db
def test_what_lives_for_minutes_goes_too_when_it_is_over():
    patron, now = imported_patron(), timezone.now()
    for moment in (now - SECOND, now + SECOND):
        AuthRequest.objects.create(
            state_hash=str(moment),
            browser_hash="b",
            purpose="login",
            expires_at=moment - timedelta(days=1),
        )
        LinkOffer.objects.create(
            patron=patron, purpose=OfferPurpose.LOGIN, phone_needed=False, issuer="i",
            subject="s", expires_at=moment,
        )  # fmt: skip
        Session.objects.create(session_key=str(moment), session_data="", expire_date=moment)
        LoginBucket.objects.create(key=str(moment), free_at=moment)
        Application.objects.create(expires_at=moment)
    assert apply() == {
        "drafts": 1, "offers": 1, "identity_requests": 1, "sessions": 1, "login_limits": 1,
    }  # fmt: skip
    for model in (AuthRequest, LinkOffer, Session, LoginBucket):
        assert model.objects.count() == 1
    assert apply() == {}


@pytest.mark.django_db
def test_more_than_one_batch_goes():
    for n in range(5):
        message(ago(731), subject=str(n))
    rows = Notice.objects.all()
    assert delete_in_batches(rows, batch_size=2) == 5
    assert not rows.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_passed_by_and_goes_the_next_time():
    held, free = message(ago(731)), message(ago(731))
    locked, done = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                Notice.objects.select_for_update().get(pk=held.pk)
                locked.set()
                assert done.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert locked.wait(30)
        assert apply() == {"messages": 1}
        done.set()
        holding.result()
    assert is_there(held)
    assert not is_there(free)
    assert apply() == {"messages": 1}


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_delete_everything_once():
    for n in range(40):
        message(ago(731), subject=str(n))

    def run():
        try:
            return dict(retention.apply_rules())["messages"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = [future.result() for future in [pool.submit(run) for _ in range(4)]]
    assert sum(counts) == 40
    assert not Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_keeps_what_it_did_and_another_does_the_rest(tmp_path):
    for n in range(100):
        imported_patron(name=f"別府 {n}", withdrawn_at=ago(366))
    process = processes.start("purge_expired", log=tmp_path / "log", environment={})
    try:
        eventually(lambda: Patron.objects.erased().exists())
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    finally:
        if process.poll() is None:
            process.kill()
    erased = Patron.objects.erased().count()
    assert 0 < erased < 100
    assert Patron.objects.exclude(erased_at=None).exclude(name="").count() == 0
    for _ in range(100):  # until the server has noticed that its client is gone
        if apply() == {"withdrawn_patrons": 100 - erased}:
            break
        erased = Patron.objects.erased().count()
        time.sleep(0.05)
    assert Patron.objects.erased().count() == 100


@pytest.mark.django_db
def test_the_command_prints_a_count_per_kind(capsys):
    message(ago(731))
    withdrawn(ago(366))
    call_command("purge_expired")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["drafts: 0", "reviews: 0"]
    assert "messages: 1" in lines
    assert "withdrawn_patrons: 1" in lines
    kinds = [line.partition(":")[0] for line in lines]
    assert kinds == KINDS


@pytest.mark.django_db
def test_a_rule_that_fails_stops_no_other_and_is_told_without_its_text(settings, capsys, caplog):
    message(ago(731))
    export_record(ago(1096))
    # More days than there are.
    settings.RETENTION_MESSAGE_DAYS = 10**9
    with pytest.raises(CommandError, match=r"failed, see the log: messages$"):
        call_command("purge_expired")
    out = capsys.readouterr().out
    assert "export_records: 1" in out
    assert "messages:" not in out
    (record,) = [r for r in caplog.records if r.name == "oita_library"]
    assert (record.event, record.kind) == ("purge", "messages")
    with pytest.raises(PurgeIncomplete, match=r"^messages$"):
        apply_retention(timestamp=0)


@pytest.mark.django_db
def test_the_worker_applies_all_of_it_every_night():
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[apply_retention.name] == "20 18 * * *"
    withdrawn(ago(366))
    assert apply_retention(timestamp=0)["withdrawn_patrons"] == 1


@pytest.mark.parametrize("name", SETTINGS)
def test_every_time_is_a_lawful_number_of_days(name):
    assert NEVER_FOR_EVER.get(name, 0) <= getattr(django_settings, name) <= 36_500


def test_personal_data_of_those_who_left_are_kept_for_ever_by_no_setting():
    assert set(NEVER_FOR_EVER) <= set(SETTINGS)
    assert NEVER_FOR_EVER["RETENTION_WITHDRAWN_DAYS"] == 1
