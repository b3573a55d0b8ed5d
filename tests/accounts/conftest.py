import pytest
from django.contrib.auth import get_user_model

PASSWORD = "tall-green-lighthouse"


@pytest.fixture
def staff(db):
    """A member of staff who may do everything."""
    return get_user_model().objects.create_superuser("librarian", PASSWORD)
