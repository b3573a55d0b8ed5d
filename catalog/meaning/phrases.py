"""What of a record has a meaning: its phrases, and what each counts for the whole.

A sentence of the description and a subject say what a work is about. A title says it where there is
no description; beside one it says little (坊っちゃん, こころ).
"""

import re
from typing import NamedTuple

from catalog.models import Record

MOST_SENTENCES, MOST_SUBJECTS = 4, 8
LONGEST = 160
TITLE_BESIDE_SENTENCES = 0.25
_SAYS = re.compile(r"\w")
_ENDS = re.compile(r"(?<=[。！？!?])|(?<=\.)\s|\n+")  # not shown


class Phrase(NamedTuple):
    """A text, and its weight in the record's vector."""

    text: str
    weight: float


def phrases(record: Record) -> list[Phrase]:
    """Return a record's phrases, each once: sentences, subjects, the title."""
    sentences = _cut(_ENDS.split(record.description), MOST_SENTENCES)
    subjects = _cut(record.subjects, MOST_SUBJECTS)
    made = [Phrase(text, 1 / len(sentences)) for text in sentences]
    made += [Phrase(text, 1 / len(subjects)) for text in subjects]
    title = _cut([record.title], 1)
    made += [Phrase(text, TITLE_BESIDE_SENTENCES if sentences else 1.0) for text in title]
    each = {one.text: one for one in reversed(made)}
    return [*each.values()][::-1] or [Phrase(record.title, 1.0)]


def _cut(texts: list[str], most: int) -> list[str]:
    cut = (text.replace("\0", "").strip()[:LONGEST] for text in texts)
    return list(dict.fromkeys(filter(_SAYS.search, cut)))[:most]
