from pathlib import Path

import pytest

from tests.circulation.files.snapshots import Vendor


@pytest.fixture
def vendor(tmp_path: Path, settings, db) -> Vendor:
    """Return who writes snapshots; the service has the folder."""
    settings.LIBRARY_SYSTEM = "files"
    settings.LIBRARY_SYSTEM_FOLDER = str(tmp_path)
    return Vendor(tmp_path)
