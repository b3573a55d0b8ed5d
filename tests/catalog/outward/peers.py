"""Programs by other authors that judge what we say."""

import shutil

import pytest

from tests.browser import is_required

NOTICE = "YAZ was not found, and what needs it skipped. Install it (Debian: apt install yaz)."
# In CI it must be there: without it, these fail.
needs_yaz = pytest.mark.skipif(
    shutil.which("yaz-client") is None and not is_required(), reason=NOTICE
)
