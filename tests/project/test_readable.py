"""Templates, stylesheets and scripts are read by people: no line is longer than it must be."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    path
    for folder in ("templates", "static", "demo/html")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".html", ".css", ".js")
]
LIMIT = 120
# A break would show as a space within a Japanese sentence, and is none within an address.
UNBREAKABLE = re.compile(r'[^\s{}<>"]*(?:[\u3040-\u30ff\u4e00-\u9fff]|://)[^\s{}<>"]*')
# Where a sentence depends on something, `joined` (ui/templatetags/library.py) lets it be broken.
CONTROL = re.compile(r"\{% (?:if|elif|else|for|with)\b")


# One sentence, one message, on one line.
MESSAGE = re.compile(r"{% translate .*?%}|{% blocktranslate.*?{% endblocktranslate %}")


def is_too_long(line: str) -> bool:
    line = MESSAGE.sub("", line)
    return len(line) > LIMIT and (
        len(UNBREAKABLE.sub("", line)) > LIMIT or CONTROL.search(line) is not None
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_is_longer_than_a_sentence_or_an_address_makes_it(path):
    lines = path.read_text().splitlines()
    assert [number for number, line in enumerate(lines, 1) if is_too_long(line)] == []
