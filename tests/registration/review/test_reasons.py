"""What staff are told of why a case waits."""

import pytest

from patrons.matching.duplicates import DuplicateReason
from patrons.withholding.services import withhold
from registration.review.comparison import SIMILAR, explain
from tests.accounts.conftest import staff  # noqa: F401
from tests.patrons.people import applicant, imported_patron
from tests.withheld import NOTE

CONTACTS = (DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT, DuplicateReason.WEIGHED)


@pytest.mark.parametrize("reason", CONTACTS)
def test_nothing_is_said_of_contacts_where_one_is_withheld(reason, staff):  # noqa: F811
    person = applicant()
    patron = imported_patron(name="大分　太郎", birth_date=person.birth_date, phone=person.phone)
    assert explain(reason, person, [patron]) != SIMILAR
    assert explain(reason) == SIMILAR
    withhold(patron=patron, staff=staff, note=NOTE)
    patron.refresh_from_db()
    assert explain(reason, person, [patron]) == SIMILAR
