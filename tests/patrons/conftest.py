from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from patrons.models import Patron
from patrons.services import register_patron
from tests.patrons.library_files import Import
from tests.patrons.people import applicant, imported_patron, residency


@pytest.fixture
def patron(db) -> Patron:
    """大分 太郎 of the manual, registered online."""
    return register_patron(applicant=applicant(), residency=residency())


@pytest.fixture
def online(patron) -> Patron:
    """大分 太郎 of the manual, known to the library system as he is now."""
    Patron.objects.update(exported_at=timezone.now() + timedelta(seconds=1))
    patron.refresh_from_db()
    return patron


@pytest.fixture
def take_over(file, transactional_db) -> Import:
    """Return `take_over(*rows)`, which imports a file of them."""
    return Import(file)


@pytest.fixture
def stored(transactional_db) -> dict:
    """What is stored of a patron whom the library system's file would change."""
    imported_patron(number="C1", phone="0977000001", exported_at="2100-01-01T00:00Z")
    return Patron.objects.values().get()


@pytest.fixture
def file(tmp_path) -> Path:
    """Where the library system's file goes."""
    return tmp_path / "patrons.csv"
