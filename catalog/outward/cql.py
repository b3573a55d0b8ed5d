"""CQL 1.2, the query language of SRU, as a tree (Library of Congress, CQL Grammar).

Only the form: what indexes and relations mean is `catalog.outward.queries`.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

MOST_CHARACTERS = 1000
DEEPEST = 10
_SIGNS = frozenset({"=", "==", "<", ">", "<=", ">=", "<>"})
_TOKEN = re.compile(
    r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>==|<>|<=|>=|[=<>()/])|(?P<word>[^\s"()=<>/]+)'
    r"|(?P<end>\Z))",
    re.DOTALL,
)
_BOOLEANS = frozenset({"and", "or", "not", "prox"})
# Relations that are words; another word behind a word begins nothing.
_NAMED = frozenset({"any", "all", "adj", "exact", "within", "encloses", "scr"})


class Diagnosed(Exception):
    """A request cannot be answered; number and details of a diagnostic (info:srw/diagnostic/1)."""

    def __init__(self, number: int, details: str = "") -> None:
        super().__init__(number)
        self.number, self.details = number, details


@dataclass(frozen=True)
class Clause:
    """What is looked for; `term` still has its backslashes, "" for `index` is none given."""

    term: str
    index: str = ""
    relation: str = ""


@dataclass(frozen=True)
class Joined:
    """Two queries; `operator` is and, or, not."""

    left: "Query"
    operator: str
    right: "Query"


Query = Clause | Joined


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Query:
    """Return the tree of a query; raises Diagnosed."""
    if len(text) > MOST_CHARACTERS:
        raise Diagnosed(12, str(MOST_CHARACTERS))
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            raise Diagnosed(14, '"')
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def whole(self) -> Query:
        if self._next.kind == "end":
            raise Diagnosed(27)
        made = self._query(0)
        if self._is("sortby"):
            raise Diagnosed(80)
        if self._next.text == ")":
            raise Diagnosed(13)
        if self._next.kind != "end":
            raise Diagnosed(10, self._next.text)
        return made

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1].text

    def _is(self, *words: str) -> bool:
        """Return whether the next is one of these words, in any case; in quotes it is a term."""
        return self._next.kind == "word" and self._next.text.lower() in words

    def _query(self, depth: int) -> Query:
        """Read clauses and their booleans: all of one rank, from left to right."""
        if depth > DEEPEST:
            raise Diagnosed(13, f"{DEEPEST}")
        made = self._clause(depth)
        while self._is(*_BOOLEANS):
            operator = self._take().lower()
            if operator == "prox":
                raise Diagnosed(39)
            self._refuse_modifier(46)
            made = Joined(made, operator, self._clause(depth))
        return made

    def _clause(self, depth: int) -> Query:
        if self._next.text == "(":
            self._take()
            made = self._query(depth + 1)
            if self._next.text != ")":
                raise Diagnosed(13) if self._next.kind == "end" else Diagnosed(10, self._next.text)
            self._take()
            return made
        if self._next.text == ">":
            # A prefix of the client's own for a context set.
            raise Diagnosed(48, ">")
        first = self._term()
        if not self._begins_relation():
            return Clause(first)
        relation = self._take().lower()
        self._refuse_modifier(20)
        return Clause(self._term(), index=first.strip('"'), relation=relation)

    def _begins_relation(self) -> bool:
        """Return whether a relation comes: a sign, or a word that is one, or stands as one."""
        if self._next.kind == "sign":
            return self._next.text in _SIGNS
        if self._next.kind != "word" or self._is(*_BOOLEANS, "sortby"):
            return False
        # An unknown relation is told of as such, and not two words in a row.
        follows = self._tokens[self._at + 1]
        return self._is(*_NAMED) or follows.kind in ("word", "quoted")

    def _refuse_modifier(self, number: int) -> None:
        if self._next.text == "/":
            self._take()
            raise Diagnosed(number, self._next.text)

    def _term(self) -> str:
        """Take a term: a word, which may be one of the language's own, or a text in quotes."""
        if self._next.kind not in ("word", "quoted"):
            raise Diagnosed(10, self._next.text)
        if self._is(*_BOOLEANS, "sortby") and self._tokens[self._at + 1].kind != "sign":
            raise Diagnosed(10, self._next.text)
        kind, text = self._next
        self._take()
        return text[1:-1] if kind == "quoted" else text
