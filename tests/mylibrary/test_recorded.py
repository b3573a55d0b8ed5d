"""What patrons do, and what is done to them, leaves one record each, and nothing personal."""

import logging

import pytest
from django.db import connection, transaction
from django.test import Client

from audit.enums import Event
from audit.models import Record
from mylibrary.kana.models import KanaRequest
from mylibrary.kana.services import ask_for_kana, decide_kana_request
from mylibrary.own_data.models import DeclineReason, ErasureRequest
from mylibrary.own_data.services import ask_for_erasure, confirm_erasure, decline_erasure
from mylibrary.reset.models import ResetRequest
from mylibrary.reset.services import answer
from mylibrary.signin.services import choose_password
from patrons.models import Patron
from tests.accounts.authenticator import Authenticator
from tests.mylibrary.conftest import CHOOSE, PASSWORD, PRIVACY, SESSIONS
from tests.mylibrary.mails import CONTACT, ask, confirmed, edit
from tests.mylibrary.mynumber.cards import linked_patron
from tests.mylibrary.passkeys.passkeys import PASSKEYS, add
from tests.mylibrary.passkeys.passkeys import log_in as log_in_by_passkey
from tests.registration.support import FORM, OUTSIDER, TYPED, identify, registered

pytestmark = pytest.mark.django_db
NEW = "another-long-one"
PERSONAL = (
    *("大分", "太郎", "オオイタ", "タロウ", "タロー", "20130720", "8700000", "0970000000"),
    *("0977000001", "oita@oita.co.jp", "new@example.jp", "金池", "127.0.0.1", PASSWORD, NEW),
)


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create(username="librarian", is_staff=True)


@pytest.fixture
def start(at_home) -> int:
    """The last record before a test's own."""
    return Record.objects.latest("pk").pk


def since(start: int) -> list[tuple[str, str]]:
    return list(Record.objects.filter(pk__gt=start).order_by("pk").values_list("event", "reason"))


def test_logging_in_failing_and_logging_out(client, member, log_in):
    start = Record.objects.latest("pk").pk
    log_in(client, member.number, "wrong-wrong-wrong")
    log_in(client, "9999999", "wrong-wrong-wrong")
    log_in(client, member.number)
    client.post("/mylibrary/logout/")
    rows = Record.objects.filter(pk__gt=start).order_by("pk")
    assert list(rows.values_list("event", "reason", "patron_id", "actor_kind", "actor_id")) == [
        ("login_failed", "wrong_password", member.pk, "nobody", None),
        ("login_failed", "unknown_number", None, "nobody", None),
        ("login", "password", member.pk, "patron", member.user.pk),
        ("logout", "", member.pk, "patron", member.user.pk),
    ]
    assert len(set(rows.values_list("network", flat=True)) - {""}) == 1


def test_the_birth_date_is_told_from_a_password(client, patron, log_in):
    log_in(client, patron.number, "20130720")
    assert Record.objects.get(event=Event.LOGIN).reason == "birth_date"


def test_tries_that_are_too_many_leave_a_row_a_minute(client, member, log_in):
    for _ in range(25):
        last = log_in(client, member.number, "wrong-wrong-wrong")
    assert last.status_code == 429
    assert Record.objects.filter(event=Event.LOGIN_FAILED).count() == 10
    throttled = Record.objects.filter(event=Event.THROTTLED, reason="patron-account")
    assert throttled.count() in (1, 2)  # a minute may end meanwhile


def test_staff_log_in_and_fail_and_log_out(client, django_user_model):
    staff = django_user_model.objects.create_superuser("librarian", PASSWORD)
    start = Record.objects.latest("pk").pk

    def enter(name, password):
        client.post("/admin/login/", {"username": name, "password": password})

    enter("nobody-of-ours", PASSWORD)
    enter("librarian", PASSWORD)
    client.post("/admin/logout/")
    enter("librarian", "wrong-wrong-wrong")
    rows = Record.objects.filter(pk__gt=start).order_by("pk")
    assert list(rows.values_list("event", "reason", "object_id", "actor_id")) == [
        ("staff_login_failed", "unknown_username", "", None),
        ("staff_login", "password", "", staff.pk),
        ("staff_logout", "", "", staff.pk),
        ("staff_login_failed", "wrong_password", str(staff.pk), None),
    ]


def test_another_password_ends_the_other_logins(at_home, member, log_in):
    log_in(Client(), member.number)
    start = Record.objects.latest("pk").pk
    at_home.post(CHOOSE, {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW})
    assert since(start) == [("password_changed", "logged_in"), ("logins_ended", "")]
    assert Record.objects.latest("pk").count == 1


def test_a_password_that_is_not_stored_is_not_recorded(member):
    start = Record.objects.latest("pk").pk
    with transaction.atomic():
        choose_password(patron=member, password=NEW)
        transaction.set_rollback(True)
    assert since(start) == []


def test_how_a_patron_is_reached(at_home, member, start):
    edit(at_home, CONTACT | {"phone": "0977000001"})
    edit(at_home, CONTACT | {"phone": "0977000001", "email": "new@example.jp"})
    assert since(start) == [
        ("contact_changed", ""),
        ("address_changed", ""),
        ("address_asked", ""),
    ]
    row = Record.objects.filter(pk__gt=start).earliest("pk")
    assert (row.fields, row.patron_id, row.actor_id) == (["phone"], member.pk, member.user.pk)


def test_a_dead_link_is_recorded_once_a_minute(client, db):
    for _ in range(5):
        client.get("/mylibrary/password/reset/link/?key=x")
    assert Record.objects.filter(event=Event.RESET_REFUSED).count() in (1, 2)


def test_a_new_password_by_mail(client, member):
    confirmed(member)
    start = Record.objects.latest("pk").pk
    for number in (member.number, "9999999"):
        ask(client, number, member.email)
        answer(request_id=ResetRequest.objects.latest("created_at").pk)
    assert since(start) == [
        ("reset_asked", ""),
        ("reset_mailed", ""),
        ("reset_asked", ""),
        ("reset_mailed", "fits_nobody"),
    ]
    told = Record.objects.filter(event=Event.RESET_MAILED).order_by("pk")
    assert list(told.values_list("patron_id", "count")) == [(member.pk, 1), (None, 0)]


def test_other_kana(at_home, member, staff, start):
    at_home.post(
        "/mylibrary/profile/kana/", {"last_name_kana": "オオイタ", "first_name_kana": "タロー"}
    )
    at_home.post("/mylibrary/profile/kana/cancel/")
    asked = ask_for_kana(patron=member, kana=("オオイタ", "タロー"))
    decide_kana_request(change=asked, staff=staff, approve=False, note="n")
    assert since(start) == [
        ("kana_asked", ""),
        ("kana_cancelled", ""),
        ("kana_asked", ""),
        ("kana_decided", "declined"),
    ]
    decided = Record.objects.latest("pk")
    assert (decided.actor_id, decided.patron_id) == (staff.pk, member.pk)
    assert decided.object_id == str(KanaRequest.objects.latest("pk").pk)


def test_own_data_and_their_end(at_home, member, staff, start):
    at_home.post(f"{PRIVACY}download/")
    first = ask_for_erasure(patron=member)
    at_home.post(f"{PRIVACY}erase/cancel/")
    second = ask_for_erasure(patron=member)
    decline_erasure(request_id=second.pk, staff=staff, note="n", reason=DeclineReason.ITEMS_OUT)
    third = ask_for_erasure(patron=member)
    confirm_erasure(request_id=third.pk, staff=staff, note="n")
    assert len({first.pk, second.pk, third.pk}) == ErasureRequest.objects.count()
    assert [event for event, _ in since(start)] == [
        *("own_data_downloaded", "erasure_asked", "erasure_cancelled", "erasure_asked"),
        *("erasure_decided", "erasure_asked", "erasure_decided", "erased"),
    ]
    assert set(Record.objects.filter(pk__gt=start).values_list("patron_id", flat=True)) == {
        member.pk
    }


def test_passkeys(at_home, member, start):
    authenticator = Authenticator()
    add(at_home, authenticator)
    key = member.user.passkeys.get().pk
    browser = Client()
    log_in_by_passkey(browser, authenticator)
    log_in_by_passkey(Client(), Authenticator(user_handle=authenticator.user_handle))
    at_home.post(f"{PASSKEYS}{key}/remove/")
    assert since(start) == [
        ("passkey_added", ""), ("login", "passkey"), ("passkey_refused", "unknown"),
        ("passkey_removed", ""),
    ]  # fmt: skip
    rows = Record.objects.filter(event__in=["passkey_added", "passkey_removed"])
    assert set(rows.values_list("object_id", flat=True)) == {str(key)}


def test_cards(client, identity_service):
    patron = linked_patron(identity_service)
    start = Record.objects.latest("pk").pk if Record.objects.exists() else 0
    identity_service.sign_in(client, purpose="login", card="oita-taro")
    identity_service.sign_in(Client(), purpose="login", card="oita-hanako")
    identity_service.sign_in(Client(), purpose="recover", card="oita-taro")
    rows = Record.objects.filter(pk__gt=start).order_by("pk")
    assert list(rows.values_list("event", "reason", "patron_id")) == [
        ("login", "card", patron.pk),
        ("mynumber_refused", "unknown", None),
        ("recovered", "", patron.pk),
    ]


def test_a_registration_and_its_refusal(client, db):
    application = registered(client)
    identify(other := Client(), OUTSIDER)
    other.post(FORM, TYPED)
    rows = Record.objects.order_by("pk")
    assert list(rows.values_list("event", "reason", "patron_id", "actor_kind")[:1]) == [
        ("registered", "registered", application.patron_id, "nobody")
    ]
    assert rows[0].object_id == str(application.pk)
    assert list(rows.values_list("event", "reason"))[1:] == [
        ("registration_refused", "outside_area")
    ]


def test_a_record_that_cannot_be_written_takes_the_change_back(member):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_record ADD CHECK (event <> 'password_changed') NOT VALID")
        with pytest.raises(Exception, match="check"), transaction.atomic():
            choose_password(patron=member, password=NEW)
        transaction.set_rollback(True)
    stored = Patron.objects.with_login(member.pk)
    assert stored.user.check_password(PASSWORD)


def test_nothing_personal_stands_in_a_row_or_a_line(
    at_home, member, staff, caplog, django_capture_on_commit_callbacks, log_in
):
    caplog.set_level(logging.INFO, logger="audit")
    with django_capture_on_commit_callbacks(execute=True):
        log_in(Client(), member.number, "大分太郎20130720")
        edit(at_home, CONTACT | {"phone": "0977000001", "email": "new@example.jp"})
        ask_for_kana(patron=member, kana=("オオイタ", "タロー"))
        at_home.post(CHOOSE, {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW})
        at_home.post(f"{SESSIONS}end-others/")
        at_home.get(PRIVACY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(r::text, E'\\n') FROM audit_record r")
        rows = cursor.fetchone()[0]
    lines = "\n".join(str(vars(line)) for line in caplog.records if line.name == "audit")
    assert lines.count("contact_changed") == rows.count("contact_changed") == 1
    for personal in (*PERSONAL, member.number):
        assert personal not in rows
        assert personal not in lines


def test_own_data_tell_that_there_are_records(at_home, member):
    page = at_home.get(PRIVACY).content.decode()
    assert "操作の記録" in page
    told = at_home.post(f"{PRIVACY}download/").json()["data"]["audit"]
    assert told["count"] == Record.objects.filter(patron_id=member.pk).count()
    assert told["kept_days"] == 365
