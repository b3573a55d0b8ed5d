"""An import of the library system's patrons holds writers: they are told, and readers go on."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Session
from patrons.models import Patron
from tests.patrons import processes
from tests.patrons.library_files import text as library_file
from tests.patrons.people import imported_patron
from tests.patrons.threads import until_somebody_waits
from tests.registration.support import CONFIRM, FORM, RESULT, entered, hidden_fields, text

pytestmark = pytest.mark.django_db(transaction=True)
CANCEL = "/registration/cancel/"
UPDATING = "ただいま更新中です"
NOTHING_DONE = "今の操作では、何も登録、変更されていません。"


@contextmanager
def import_that_merges(tmp_path):
    """Keep an import in a process of its own from ending: it waits for a patron that we hold."""
    imported_patron(number="C1", phone="0977000001", exported_at="2100-01-01T00:00Z")
    file = tmp_path / "patrons.csv"
    file.write_text(library_file({}), encoding="utf-8", newline="")
    with transaction.atomic():
        Patron.objects.select_for_update().get()
        process = processes.start(
            "import_patrons", str(file), log=tmp_path / "import.log", environment={}
        )
        try:
            until_somebody_waits()
            yield
        except BaseException:
            process.kill()
            raise
    assert process.wait(timeout=60) == 0


def asked(client, method, *arguments):
    """Ask on another connection, with a web process's limit for locks."""

    def ask():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '300ms'")
            return getattr(client, method)(*arguments)
        finally:
            # Not back into the pool as it is.
            connection.connection.close()
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(ask).result()


def test_who_registers_is_told_and_registers_afterwards_with_one_press(tmp_path):
    browser = Client(raise_request_exception=False)
    entered(browser)
    confirmation = hidden_fields(text(browser.get(CONFIRM)))

    with import_that_merges(tmp_path):
        answer = asked(browser, "post", CONFIRM, confirmation)
        assert answer.status_code == 503
        assert answer["Retry-After"] == "60"
        assert UPDATING in text(answer)
        assert NOTHING_DONE in text(answer)
        assert f'<form id="again" method="post" action="{CONFIRM}">' in text(answer)
        assert hidden_fields(text(answer)) == confirmation
        assert asked(browser, "get", CONFIRM).status_code == 200
        assert asked(Client(), "get", FORM).status_code == 200

    assert browser.post(CONFIRM, hidden_fields(text(answer))).url == RESULT
    assert Patron.objects.count() == 2


def test_another_lock_is_no_update(tmp_path):
    browser = Client(raise_request_exception=False)
    application = entered(browser)
    with transaction.atomic():
        type(application).objects.select_for_update().get(pk=application.pk)
        answer = asked(browser, "post", CONFIRM)
    assert answer.status_code == 503
    assert UPDATING not in text(answer)
    assert NOTHING_DONE in text(answer)


def test_nobody_whose_draft_is_erased_is_told_that_nothing_was_done():
    """What was asked for is committed; it is the session that waits for a lock afterwards."""
    browser = Client(raise_request_exception=False)
    application = entered(browser)
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=browser.session.session_key)
        answer = asked(browser, "post", CANCEL)
    assert answer.status_code == 503
    assert NOTHING_DONE not in text(answer)
    assert "登録や変更が終わっていれば結果が" in text(answer)
    application.refresh_from_db()
    assert application.state == "expired"
    assert browser.post(CANCEL, hidden_fields(text(answer))).status_code == 200


def test_whoever_registers_waits_for_no_session():
    browser = Client(raise_request_exception=False)
    entered(browser)
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=browser.session.session_key)
        assert asked(browser, "post", CONFIRM).url == RESULT
    assert Patron.objects.count() == 1
    assert browser.post(CONFIRM).url == RESULT
