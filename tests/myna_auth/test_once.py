"""An answer is spent once, by one statement, before the service is asked about it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from django.db import connection, transaction
from django.test import Client

from myna_auth.models import AuthRequest
from tests.identity import follow
from tests.myna_auth import pool
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
ARRIVALS = 8


def test_the_request_is_spent_before_the_service_is_asked(client, identity_service, gate, probe):
    way_back = identity_service.approve(identity_service.start(client))
    seen = []

    def look(name):
        seen.append(AuthRequest.objects.values_list("consumed_at", "nonce", "code_verifier").get())
        connection.close()

    gate.passing = look
    follow(client, way_back)

    assert gate.passed == ["token", "certs", "userinfo"]
    assert all(consumed_at for consumed_at, _, _ in seen)
    assert set(chain(*(secrets for _, *secrets in seen))) == {""}


def test_of_many_arrivals_at_once_one_is_taken(client, identity_service, gate, probe, events):
    way_back = identity_service.approve(identity_service.start(client))
    answered = threading.Event()
    # The one that is taken waits for the service until all others have been answered.
    gate.passing = lambda name: answered.wait(30)

    def arrive(number):
        browser = Client()
        browser.cookies = client.cookies
        try:
            return follow(browser, way_back).headers.get("Location", "waiting")
        finally:
            connection.close()
            if events().count("state_replayed") == ARRIVALS - 1:
                answered.set()

    connection.close()
    free = pool.size() - pool.held()
    with ThreadPoolExecutor(ARRIVALS) as browsers:
        with transaction.atomic():
            # Nobody gets past this row before several have read it.
            AuthRequest.objects.select_for_update().get()
            arrivals = [browsers.submit(arrive, number) for number in range(ARRIVALS)]
            eventually(lambda: waiting_for_the_row() == min(free - 1, ARRIVALS) > 1)
        ends = sorted(arrival.result() for arrival in arrivals)

    assert ends == ["/done/"] + ["waiting"] * (ARRIVALS - 1)
    assert sorted(events()) == ["identified", "started"] + ["state_replayed"] * (ARRIVALS - 1)
    assert gate.counts["token"] == 1


def waiting_for_the_row():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT waiting.pid) FROM pg_locks waiting JOIN pg_locks table_lock "
            "ON table_lock.pid = waiting.pid AND table_lock.relation = %s::regclass "
            "WHERE NOT waiting.granted",
            [AuthRequest._meta.db_table],
        )
        return cursor.fetchone()[0]
