import pytest

from accounts.models import User
from patrons.models import Patron
from tests.patrons.people import imported_patron


@pytest.fixture
def staff(django_user_model) -> User:
    return django_user_model.objects.create_user("selector", is_staff=True)


@pytest.fixture
def other(db) -> Patron:
    """Somebody else, without a login."""
    return imported_patron(email="hanako@example.jp")
