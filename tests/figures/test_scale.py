"""The first page with a million patrons: counts from the table, what waits by indexes."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branches.services import create_first_branches
from figures.services import count_until
from tests.figures.conftest import noon
from tests.patrons.people import imported_patron
from tests.registration.support import registered

pytestmark = pytest.mark.django_db
# What grows with patrons, applications, messages and years.
LARGE = (
    "figures_count",
    "mylibrary_erasurerequest",
    "mylibrary_kanarequest",
    "notices_notice",
    "patrons_patron",
    "registration_application",
    "registration_applicationtransition",
)

# Session, user and rights 3, what waits 10, statistics 11.
STATEMENTS = 28
# The tables of months are read where a month was counted.
OF_MONTHS = 1


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("period", ["month", "last-year"])
def test_no_table_is_read_as_a_whole(staff, period):
    imported_patron(registered_at=noon(date(2026, 8, 1)))
    count_until(last=date(2026, 10, 2))
    registered(Client())
    with CaptureQueriesContext(connection) as queries:
        assert staff.get("/admin/", {"period": period}).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # Only where nothing else is possible.
        cursor.execute("SET LOCAL enable_seqscan = off")
    statements = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    plans = {statement: plan_of(statement) for statement in statements}
    assert len(plans) > 15
    for statement, plan in plans.items():
        read = [name for name in LARGE if f"Seq Scan on {name} " in plan]
        assert not read, f"{statement}\n{plan}"


def test_it_takes_as_many_statements_for_many(staff, django_assert_num_queries):
    # Gone after tests with transactions of their own; opening hours are asked for those there are.
    create_first_branches()
    registered(Client())
    with django_assert_num_queries(STATEMENTS):
        staff.get("/admin/", {"period": "year"})
    for number in range(40):
        imported_patron(registered_at=noon(date(2026, 8, number % 28 + 1)), namesake_no=number)
    count_until(last=date(2026, 10, 2))
    with django_assert_num_queries(STATEMENTS + OF_MONTHS):
        staff.get("/admin/", {"period": "year"})
