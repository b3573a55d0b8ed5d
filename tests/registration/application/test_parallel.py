"""One person, one patron, whatever arrives at the same instant: real threads and connections."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client

from notices.models import Notice
from patrons.models import IdentityLink, Patron
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from tests.registration.support import CONFIRM, FORM, RESULT, TARO, TYPED, enter, entered, identify

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 12


def all_at_once(jobs):
    """Run every job, a dozen at a time, each worker with a connection of its own."""
    start = threading.Barrier(AT_ONCE)

    def run(job):
        try:
            if job[0] < AT_ONCE:
                start.wait()
            return job[1]()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, enumerate(jobs)))


def test_a_hundred_presses_of_one_confirmation_make_one_patron():
    browser = Client()
    application = entered(browser)

    def press():
        client = Client()
        client.cookies = browser.cookies.copy()
        return client.post(CONFIRM).url

    assert Counter(all_at_once([press] * 100)) == {RESULT: 100}
    patron = Patron.objects.get()
    assert Notice.objects.get().patron == patron
    application.refresh_from_db()
    assert application.patron == patron
    assert application.transitions.filter(to_state=State.REGISTERED).count() == 1


def test_twenty_browsers_with_one_card_make_one_patron():
    browsers = [Client() for _ in range(20)]

    def walk(client):
        identify(client)
        form = client.post(FORM, TYPED)
        return client.post(CONFIRM) if form.status_code == 302 else form

    answers = all_at_once([lambda client=client: walk(client) for client in browsers])
    assert {answer.status_code for answer in answers} <= {302, 422}
    assert Patron.objects.count() == 1
    assert IdentityLink.objects.count() == 1
    assert Notice.objects.count() == 1


def test_two_subjects_with_one_name_and_birth_date_make_one_patron():
    applications = []
    for subject in ("one", "two"):
        draft = services.attach_identity(
            application_id=None, identity=replace(TARO, subject=subject)
        )
        applications.append(enter(draft))
    states = all_at_once(
        [lambda pk=pk: services.register(application_id=pk).state for pk in _pks(applications)] * 6
    )
    assert Counter(states) == {State.REGISTERED: 6, State.REVIEW: 6}
    assert Patron.objects.count() == 1


def test_reading_one_card_in_many_browsers_leaves_one_open_draft():
    all_at_once(
        [lambda: services.attach_identity(application_id=None, identity=TARO)] * (2 * AT_ONCE)
    )
    assert Application.objects.verified_drafts().count() == 1


def test_registering_and_cancelling_at_once_ends_in_one_of_both():
    for _ in range(5):
        draft = services.attach_identity(application_id=None, identity=TARO)
        enter(draft)
        all_at_once(
            [
                lambda pk=draft.pk: services.cancel(application_id=pk),
                lambda pk=draft.pk: services.register(application_id=pk),
            ]
            * (AT_ONCE // 2)
        )
        draft.refresh_from_db()
        assert Patron.objects.count() == (draft.state == State.REGISTERED)
        if draft.state == State.REGISTERED:
            break


def _pks(applications):
    return [application.pk for application in applications]
