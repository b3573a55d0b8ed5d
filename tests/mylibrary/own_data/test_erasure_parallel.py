"""Erasure and everything that may happen at the same instant: real threads and connections."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from mylibrary.own_data.models import DeclineReason, ErasureRequest, ErasureState
from mylibrary.own_data.services import (
    ErasureClosed,
    ask_for_erasure,
    cancel_erasure,
    confirm_erasure,
    decline_erasure,
)
from notices.models import Notice
from patrons.identity_link_services import LinkRefused, link_by_staff
from patrons.models import EMPTIED_BY_ERASURE, Patron
from patrons.retention import erase_patron, erase_withdrawn
from patrons.services import register_patron
from registration.application.models import Application
from tests.mylibrary.conftest import BIRTH_DATE, EDIT, LOGIN, PASSWORD
from tests.patrons.people import residency, set_own_password, stranger
from tests.patrons.threads import until_somebody_waits
from tests.registration.application.test_parallel import AT_ONCE, all_at_once
from tests.registration.review.reviews import case_for, first_taro
from tests.registration.support import TARO

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
CONTACT = {"phone": "0970000001", "email": "new@example.jp", "contact_method": "phone"}

NEW_PASSWORD = {
    "password": PASSWORD,
    "new_password": "another-long-one",
    "new_password_again": "another-long-one",
}


@pytest.fixture
def staff():
    return get_user_model().objects.create_superuser("librarian", PASSWORD)


def attempt(work: Callable[[], object]) -> str:
    try:
        work()
    except ErasureClosed:
        return "closed"
    return "done"


def is_empty(patron: Patron) -> bool:
    columns = Patron.objects.values(*EMPTIED_BY_ERASURE).get(pk=patron.pk)
    return columns == EMPTIED_BY_ERASURE


def while_it_is_erased(patron: Patron, work: Callable[[], object]) -> object:
    """Let work begin while an erasure holds the patron's row, and go on once it is committed."""
    erasing = threading.Event()

    def run() -> object:
        try:
            assert erasing.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        with transaction.atomic():
            erase_patron(patron_id=patron.pk)
            erasing.set()
            until_somebody_waits()
        return running.result(timeout=30)


def test_of_many_staff_at_once_one_decides_and_the_others_are_told(member, staff):
    request = ask_for_erasure(patron=member).pk

    def confirm():
        confirm_erasure(request_id=request, staff=staff, note="a")

    def decline():
        reason = DeclineReason.COUNTER
        decline_erasure(request_id=request, staff=staff, note="b", reason=reason)

    presses = [confirm, decline] * (AT_ONCE // 2)
    outcome = Counter(all_at_once([lambda press=press: attempt(press) for press in presses]))
    assert outcome == {"done": 1, "closed": AT_ONCE - 1}
    erased = ErasureRequest.objects.get().state == ErasureState.CONFIRMED
    assert is_empty(member) == erased
    # One mail of the request, gone with the rest where erased, and one of the decision.
    assert Notice.objects.filter(kind="erasure").count() == (1 if erased else 2)


def test_the_patron_cancels_as_staff_confirm_and_one_of_them_wins(staff):
    for day in range(1, ROUNDS + 1):
        patron = register_patron(applicant=stranger(day), residency=residency())
        request = ask_for_erasure(patron=patron).pk

        def confirm(request=request):
            return attempt(lambda: confirm_erasure(request_id=request, staff=staff, note="a"))

        def cancel(patron=patron):
            return cancel_erasure(patron=patron)

        results = all_at_once([confirm, cancel] * (AT_ONCE // 2))
        confirmed, cancelled = results.count("done"), results.count(True)
        assert confirmed + cancelled == 1
        state = ErasureRequest.objects.get(pk=request).state
        assert state == (ErasureState.CONFIRMED if confirmed else ErasureState.CANCELLED)
        assert is_empty(patron) == bool(confirmed)


def test_many_requests_at_once_are_one(member):
    all_at_once([lambda: ask_for_erasure(patron=member)] * AT_ONCE)
    assert ErasureRequest.objects.count() == Notice.objects.count() == 1


def test_the_night_and_staff_erase_the_same_patron_once(member, staff):
    Patron.objects.update(withdrawn_at=timezone.now())
    request = ask_for_erasure(patron=member).pk
    now = timezone.now()

    def by_staff():
        return attempt(lambda: confirm_erasure(request_id=request, staff=staff, note="a"))

    all_at_once([by_staff, lambda: erase_withdrawn(before=now)] * (AT_ONCE // 2))
    assert is_empty(member)
    stored = ErasureRequest.objects.get()
    assert stored.state in (ErasureState.CONFIRMED, ErasureState.LAPSED)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (EDIT, CONTACT),
        ("/mylibrary/password/", NEW_PASSWORD),
        ("/mylibrary/privacy/erase/", {"password": PASSWORD}),
    ],
)
def test_what_the_patron_sends_meanwhile_ends_at_the_login(member, log_in, path, sent):
    browser = Client()
    log_in(browser, member.number)
    answer = while_it_is_erased(member, lambda: browser.post(path, sent))
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)
    assert is_empty(member)
    assert browser.get("/mylibrary/").url.startswith(LOGIN)
    assert not Notice.objects.exists()
    member.user.refresh_from_db()
    assert not member.user.has_usable_password()


def test_a_first_login_at_that_moment_leads_nowhere(patron, log_in):
    browser = Client()
    answer = while_it_is_erased(patron, lambda: log_in(browser, patron.number, BIRTH_DATE))
    assert answer.status_code == 422
    assert is_empty(patron)
    assert not get_user_model().objects.get().is_active
    assert browser.get("/mylibrary/").url.startswith(LOGIN)


def test_contact_data_that_staff_send_meanwhile_are_refused(member, staff):
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/admin/patrons/patron/{member.pk}/change/"
    forms = {"identity_links-TOTAL_FORMS": "0", "identity_links-INITIAL_FORMS": "0"}
    answer = while_it_is_erased(member, lambda: browser.post(address, CONTACT | forms))
    assert (answer.status_code, answer.url) == (302, address)
    assert "いま消去されました" in browser.get(address).content.decode()
    assert is_empty(member)


def test_changing_the_password_and_erasing_never_wait_for_each_other_in_vain(staff):
    for day in range(1, ROUNDS + 1):
        patron = register_patron(applicant=stranger(day), residency=residency())
        set_own_password(patron=patron, password=PASSWORD)
        browsers = [Client() for _ in range(AT_ONCE - 1)]
        for browser in browsers:
            browser.force_login(patron.user, backend="patrons.backends.PatronBackend")
        presses = [
            lambda b=browser: b.post("/mylibrary/password/", NEW_PASSWORD) for browser in browsers
        ]
        erasing = [lambda pk=patron.pk: erase_patron(patron_id=pk)]
        answers = all_at_once([*erasing, *presses])
        # 302: changed, or out. 400: the session ended in the middle. 422, 429: no password matches.
        assert {a.status_code for a in answers[1:]} <= {302, 400, 422, 429}
        assert is_empty(patron)


def test_an_application_that_staff_hold_is_passed_by_and_not_waited_for():
    # Whoever decides on it holds its row and may wait for the patron's lock next.
    patron = first_taro()
    case = case_for()
    Application.objects.filter(pk=case.pk).update(subject=patron.identity_links.get().subject)
    held, erased = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                Application.objects.select_for_update(of=("self",)).get(pk=case.pk)
                held.set()
                assert erased.wait(30)
                with pytest.raises(LinkRefused):
                    link_by_staff(patron_id=patron.pk, issuer=TARO.issuer, subject="other")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(30)
        assert erase_patron(patron_id=patron.pk)
        erased.set()
        holding.result(timeout=30)
    case.refresh_from_db()
    assert case.state == "review"
