"""The words of a question, for the search by words beside the search by meaning.

Japanese has no spaces between words: a whole sentence is a phrase that no record has. What carries
its content are runs of kanji, katakana, Latin letters and digits; hiragana joins them.
"""

import re

from catalog.search.criteria import Criteria, Operator, Term

MOST_WORDS = 8
_RUN = re.compile(
    r"[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff]+"
    r"|[\u30a1-\u30fa\u30fc\uff66-\uff9f]{2,}"
    r"|[0-9A-Za-z\uff10-\uff19\uff21-\uff5a]{3,}"
)
# What ends a noun; a kanji before other hiragana is the stem of a verb (読みたい, 探している).
_PARTICLES = "がのをにとはもへやでか"  # not shown
_HIRAGANA = re.compile("[\u3041-\u3096]")  # not shown
# Said of every work.
_ANYTHING = {
    *("本", "話", "物", "事", "人", "方", "作品", "小説", "物語", "資料"),  # not shown
    *("the", "and", "about", "that", "with", "for", "who", "how", "book", "story", "books"),
    *("stories", "from", "into", "some", "something", "want", "read", "like", "would"),
}


def words(question: str) -> list[str]:
    """Return a question's words, each once; the question itself where it has none."""
    found = []
    for run in _RUN.finditer(question):
        word, after = run[0], question[run.end() : run.end() + 1]
        is_stem = len(word) == 1 and _HIRAGANA.match(after) and after not in _PARTICLES
        if not is_stem and word.casefold() not in _ANYTHING:
            found.append(word)
    return list(dict.fromkeys(found))[:MOST_WORDS] or [" ".join(question.split())]


def criteria(question: str, *, for_children: bool, available: bool) -> Criteria:
    """Return the search for what has any of a question's words, the more the better."""
    terms = [Term(text=f'"{word}"', operator=Operator.OR) for word in words(question)]
    return Criteria(
        terms=tuple(term for term in terms if term.words),
        for_children=for_children,
        available=available,
    )
