import pytest
from django.db import connection

from patrons.models import Patron
from patrons.services import register_patron
from tests.patrons.people import applicant, residency


@pytest.fixture
def fresh_indexes(db) -> None:
    """Let no plan depend on earlier tests: what they rolled back still fills pages of indexes."""
    with connection.cursor() as cursor:
        cursor.execute("REINDEX TABLE patrons_patron")


@pytest.fixture
def patron(db) -> Patron:
    """大分 太郎 of the manual, registered online."""
    return register_patron(applicant=applicant(), residency=residency())
