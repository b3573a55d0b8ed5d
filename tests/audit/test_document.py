"""`docs/audit.md` has one row for each event there is, in the order in which they are declared."""

import re
from pathlib import Path

from django.conf import settings

from audit.enums import Event

PAGE = (Path(settings.BASE_DIR) / "docs" / "audit.md").read_text()


def test_every_event_has_its_row_and_no_other():
    assert re.findall(r"^\| `([a-z_]+)` \| [^|]+ \|[^|]*\|$", PAGE, re.MULTILINE) == Event.values
