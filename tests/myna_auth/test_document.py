"""docs/myna_auth.md says what is checked and what can go wrong: it must stay true."""

import re

from django.conf import settings

from tests.myna_auth.test_matrix import REJECTS, SAYS

DOCUMENT = (settings.BASE_DIR / "docs" / "myna_auth.md").read_text(encoding="utf-8")
FAULT_ROW = re.compile(r"^\| (.+?) \| `(\w+)` \| (.+?) \|$", re.MULTILINE)
NAMED_TEST = re.compile(r"`([a-z_/]+\.py)::(test_\w+)`")


def test_every_test_it_names_exists():
    named = NAMED_TEST.findall(DOCUMENT)
    assert len(named) > 30
    for path, name in named:
        source = (settings.BASE_DIR / "tests" / path).read_text(encoding="utf-8")
        assert f"def {name}(" in source, f"{path}::{name}"


def test_the_fault_table_is_the_matrix():
    documented = [row for row in FAULT_ROW.findall(DOCUMENT) if row[2] in SAYS]
    assert documented == [(name, row.reason, row.page) for name, row in REJECTS.items()]


def test_every_purpose_is_described():
    assert [name for name in settings.MYNA_PURPOSES if f"| `{name}` |" not in DOCUMENT] == []
