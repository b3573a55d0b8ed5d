import pytest

from patrons.models import Patron
from patrons.services import register_patron
from tests.patrons.people import applicant, residency


@pytest.fixture
def patron(db) -> Patron:
    """大分 太郎 of the manual, registered online."""
    return register_patron(applicant=applicant(), residency=residency())
