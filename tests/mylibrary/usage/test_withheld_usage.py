"""Of a withheld patron nobody reads where they can be met: the branch where they fetch a hold."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from branches.services import create_first_branches
from circulation.telling import tell
from mylibrary.holding.models import PickupChoice
from notices.models import Notice
from patrons.personal_data_registry import tell as tell_own_data
from tests.catalog.shelves import a_record, an_item
from tests.mylibrary.conftest import MENU, USAGE
from tests.mylibrary.usage.lent import a_hold, branch, come_back, words_of
from tests.withheld import without_logging_out

pytestmark = pytest.mark.django_db


def next_morning() -> datetime:
    return timezone.localtime().replace(hour=8, minute=0) + timedelta(days=1)


def test_no_page_message_or_file_names_the_branch(at_home, member):
    hold = a_hold(member)
    PickupChoice.objects.create(patron=member, branch=branch())
    come_back(hold)
    name = branch().name
    assert name in words_of(at_home.get(USAGE))
    patron = without_logging_out(member)
    for path in (USAGE, f"{USAGE}hold/?hold={hold.pk}"):
        assert name not in words_of(at_home.get(path)), path
    assert f"{name} で" not in words_of(at_home.get(MENU))
    assert f"{name}で" not in words_of(at_home.get(MENU))
    tell(now=next_morning())
    assert name not in Notice.objects.get(kind="hold_ready").body
    told = {section.key: section for section in tell_own_data(patron)}
    for key in ("holds", "pickup_choice"):
        assert name not in str(told[key].records)
        assert "withheld" in str(told[key].records)


def test_a_hold_is_asked_for_without_the_branch_of_the_last_one(at_home, member):
    create_first_branches()
    PickupChoice.objects.create(patron=member, branch=branch("compal"))
    record = an_item(a_record("門")).record
    address = f"/mylibrary/holds/new/?record={record.pk}"
    assert 'value="compal" selected' in at_home.get(address).content.decode()
    without_logging_out(member)
    assert 'value="compal" selected' not in at_home.get(address).content.decode()
