"""Erasing a patron: what is gone, what stays, and that nothing comes back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import is_password_usable
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import SessionStore
from myna_auth.models import AuthRequest
from myna_auth.services import begin_request
from patrons import card_data_services as move_services
from patrons import retention
from patrons.card_data_services import CardDataRefusal, CardDataRefused
from patrons.models import EMPTIED_BY_ERASURE, IdentityLink, Patron
from patrons.retention import erase_patron, erase_withdrawn, lock_patron
from patrons.services import PatronErased, change_contact, register_patron, user_for
from tests.patrons.people import applicant, imported_patron, residency, set_own_password
from tests.patrons.threads import until_somebody_waits

# Number, moments, and what statistics and the record of the decision need.
STAYS = {
    *("id", "number", "user", "municipality_code", "residency_reason", "residency_rule_version"),
    *(
        "verified_at",
        "card_data_at",
        "registered_via",
        "registered_at",
        "withdrawn_at",
        "erased_at",
    ),
    *("exported_at", "reflected_at", "synced_at", "updated_at", "export_pending"),
}
PASSWORD = "tall-green-lighthouse"


@pytest.fixture
def erased(patron) -> Patron:
    assert erase_patron(patron_id=patron.pk)
    patron.refresh_from_db()
    return patron


def test_every_column_is_emptied_or_stays_on_purpose():
    columns = {field.name for field in Patron._meta.concrete_fields}
    assert columns == STAYS | EMPTIED_BY_ERASURE.keys()
    assert not STAYS & EMPTIED_BY_ERASURE.keys()


def test_number_dates_and_municipality_stay_and_all_else_is_gone(patron):
    Patron.objects.update(
        confirmed_email=patron.email,
        bounced_email=patron.email,
        kana_outdated=True,
        moved_out_at=timezone.now(),
        contact_method="email",
        namesake_no=3,
    )
    before = Patron.objects.values().get()
    moment = timezone.now()
    assert erase_patron(patron_id=patron.pk, now=moment)
    after = Patron.objects.values().get()
    assert {name: after[name] for name in EMPTIED_BY_ERASURE} == EMPTIED_BY_ERASURE
    changed = {name for name in after if after[name] != before[name]}
    assert changed - EMPTIED_BY_ERASURE.keys() == {"withdrawn_at", "erased_at", "updated_at"}
    assert after["withdrawn_at"] == after["erased_at"] == after["updated_at"] == moment


def test_who_has_withdrawn_before_keeps_that_date(patron):
    withdrawn = timezone.now() - timedelta(days=30)
    Patron.objects.update(withdrawn_at=withdrawn)
    erase_patron(patron_id=patron.pk)
    patron.refresh_from_db()
    assert patron.withdrawn_at == withdrawn < patron.erased_at


def test_it_is_done_once(erased):
    assert not erase_patron(patron_id=erased.pk)
    assert Patron.objects.get().erased_at == erased.erased_at


def test_the_log_says_how_many_and_nothing_else(patron, caplog):
    Patron.objects.update(withdrawn_at=timezone.now())
    with caplog.at_level("INFO"):
        erase_withdrawn(before=timezone.now())
    (record,) = (line for line in caplog.records if line.name == "patrons")
    assert (record.event, record.count) == ("patrons_erased", 1)
    for secret in (patron.number, patron.name, patron.email, patron.address):
        assert secret not in f"{record.__dict__}"


def test_the_same_card_registers_anew_under_another_number(erased):
    again = register_patron(applicant=applicant(), residency=residency())
    assert again.number != erased.number
    assert again.identity_links.get().subject == "subject-1"
    assert (again.name, again.namesake_no) == ("大分　太郎", 0)


def test_many_are_empty_side_by_side(erased):
    other = imported_patron()
    assert erase_patron(patron_id=other.pk)
    assert Patron.objects.erased().count() == 2


def test_login_sessions_and_requests_are_gone_at_once(patron):
    user = set_own_password(patron=patron, password=PASSWORD)
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store.save()
    begin_request(purpose="link", browser_secret="secret", user=user)
    assert Session.objects.get().user == user
    erase_patron(patron_id=patron.pk)
    user.refresh_from_db()
    assert not user.is_active
    assert user.last_login is None
    assert not is_password_usable(user.password)
    assert not Session.objects.exists()
    assert not AuthRequest.objects.exists()
    assert not IdentityLink.objects.exists()
    for password in (PASSWORD, "20130720", "00000000"):
        assert authenticate(None, patron_number=patron.number, password=password) is None


def test_sessions_of_others_stay(patron):
    other = set_own_password(patron=imported_patron(), password=PASSWORD)
    store = SessionStore()
    store["_auth_user_id"] = str(other.pk)
    store.save()
    user_for(patron=patron)
    erase_patron(patron_id=patron.pk)
    assert Session.objects.get().user == other


def test_a_login_that_was_on_its_way_gets_a_dead_user(erased, patron):
    assert not user_for(patron=Patron.objects.get()).is_active


def test_services_refuse_to_write_to_what_was_erased_meanwhile(patron):
    stale = Patron.objects.get()
    erase_patron(patron_id=patron.pk)
    with pytest.raises(PatronErased):
        change_contact(patron=stale, phone="0970000001", email="", contact_method="none")
    with pytest.raises(PatronErased):
        set_own_password(patron=stale, password=PASSWORD)
    with pytest.raises(PatronErased):
        move_services.confirm_outdated(patron=stale, postal_code="8700001")
    with pytest.raises(CardDataRefused) as caught:
        move_services.take_card_data(patron=stale, card=applicant())
    assert caught.value.reason is CardDataRefusal.NOT_LINKED
    assert {name: Patron.objects.values().get()[name] for name in EMPTIED_BY_ERASURE} == (
        EMPTIED_BY_ERASURE
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *((name, "x") for name, empty in EMPTIED_BY_ERASURE.items() if empty == ""),
        ("birth_date", "20130720"),
        ("contact_method", "phone"),
        ("kana_outdated", True),
        ("postal_code_outdated", True),
        ("moved_out_at", timezone.now()),
        ("first_login_until", timezone.now()),
        ("first_login_reminded_at", timezone.now()),
        ("namesake_no", 1),
        ("withdrawn_at", None),
    ],
)
def test_the_database_keeps_the_row_empty(erased, column, value):
    with (
        pytest.raises(IntegrityError, match="patron_erased_is_empty"),
        transaction.atomic(),
    ):
        Patron.objects.update(**{column: value})


def test_those_who_withdrew_long_enough_ago_are_erased(patron):
    before = timezone.now() - timedelta(days=365)
    moments = {"past": before - timedelta(seconds=1), "within": before + timedelta(seconds=1)}
    people = {
        name: imported_patron(name=name, withdrawn_at=moment) for name, moment in moments.items()
    }
    assert erase_withdrawn(before=before) == 1
    assert Patron.objects.erased().get() == people["past"]
    assert erase_withdrawn(before=before) == 0
    patron.refresh_from_db()
    assert patron.name


def test_more_than_one_batch_is_erased(db, monkeypatch):
    monkeypatch.setattr(retention, "PATRONS_AT_ONCE", 2)
    for n in range(5):
        imported_patron(name=f"別府 {n}", withdrawn_at=timezone.now())
    assert erase_withdrawn(before=timezone.now()) == 5


def test_who_came_back_before_the_turn_is_left_alone(db):
    back = imported_patron()
    moment = timezone.now()
    assert not erase_patron(patron_id=back.pk, withdrawn_before=moment)
    Patron.objects.update(withdrawn_at=moment + timedelta(seconds=1))
    assert not erase_patron(patron_id=back.pk, withdrawn_before=moment)
    assert Patron.objects.get().name


@pytest.mark.django_db(transaction=True)
def test_whom_somebody_else_holds_is_left_for_the_next_time():
    held = imported_patron(name="別府 一", withdrawn_at=timezone.now())
    imported_patron(name="別府 二", withdrawn_at=timezone.now())
    locked, done = Event(), Event()

    def hold():
        try:
            with transaction.atomic():
                Patron.objects.select_for_update().get(pk=held.pk)
                locked.set()
                assert done.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert locked.wait(30)
        assert erase_withdrawn(before=timezone.now()) == 1
        done.set()
        holding.result()
    assert erase_withdrawn(before=timezone.now()) == 1
    assert Patron.objects.erased().count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_birth_date_that_changes_while_waiting_for_its_lock_is_locked_too():
    patron = imported_patron(birth_date="19920402")
    changed, waiting = Event(), Event()

    def correct():
        try:
            with transaction.atomic():
                lock_patron(patron_id=patron.pk)
                Patron.objects.update(birth_date="19920403")
                changed.set()
                assert waiting.wait(30)
                until_somebody_waits()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        correcting = pool.submit(correct)
        assert changed.wait(30)
        with transaction.atomic():
            waiting.set()
            assert lock_patron(patron_id=patron.pk).birth_date == "19920403"
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND mode ="
                    " 'ExclusiveLock' AND granted AND pid = pg_backend_pid()"
                )
                assert (19920403,) in cursor.fetchall()
        correcting.result()
