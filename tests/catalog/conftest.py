from pathlib import Path

import pytest

from tests.catalog import marc_files
from tests.catalog.marc_files import Import


@pytest.fixture
def take_over(tmp_path: Path, transactional_db) -> Import:
    """Return `take_over(*records)`, which imports a file of them; there is one branch, main."""
    marc_files.branch()
    return Import(tmp_path)
