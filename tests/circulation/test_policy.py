"""貸出の決まり, as 管理 keeps them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from circulation.local.lending import lend
from circulation.models import LendingPolicy
from tests.registration.support import text
from tests.staff.pages import address_of
from tests.staff.test_roles import client_of
from tests.staff.test_stale import opened

pytestmark = pytest.mark.django_db


def sent(client: Client, **typed: object) -> Any:
    """Send the page's form with what was typed, as its fields stand otherwise."""
    # Gone after tests with transactions of their own.
    row, _ = LendingPolicy.objects.get_or_create(pk=1)
    return client.post(address_of(row), opened(client, row).fields | typed)


def test_a_rule_that_is_stored_decides_the_next_loan(patron, item, main):
    assert sent(client_of("A"), loan_days=21).status_code == 302
    loan = lend(patron=patron, item_number=item.number, branch=main)
    assert loan.due == timezone.localdate() + timedelta(days=21)


@pytest.mark.parametrize("days", ["0", "367", "9" * 10, "99999", "-1", "x", "\x00", ""])
def test_a_rule_that_is_refused_is_not_said_to_hold(days):
    page = sent(client_of("A"), loan_days=days)
    assert page.status_code == 200
    due = date_format(timezone.localdate() + timedelta(days=14), "MONTH_DAY_FORMAT")
    assert f"きょう貸し出すと返却期限は{due}" in text(page)
    assert LendingPolicy.objects.current().loan_days == 14
