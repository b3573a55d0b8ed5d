"""What somebody looks for: the words and limits of an address, cleaned."""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.models import Material
from catalog.search.folding import fold, isbn13
from characters.text import keepable
from patrons.written_dates import NotADate, read_birth_date

MAXIMUM_TYPED = 200
MAXIMUM_YEAR = 10
ROWS = 4
PER_PAGE = 20
# As many hits as are put in order; more are only known to be there.
MOST = 10_000
LAST_PAGE = MOST // PER_PAGE

_WORD = re.compile('[“"「『]([^”"」』]*)[”"」』]|([^\\s“”"「」『』]+)')  # not shown
# No XML may have them.
UNSAYABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Field(models.TextChoices):
    """Where a word is looked for."""

    ANY = "any", _("すべての項目")
    TITLE = "title", _("書名")
    AUTHOR = "author", _("著者名")
    PUBLISHER = "publisher", _("出版者")
    SUBJECT = "subject", _("件名・シリーズ")
    NDC = "ndc", _("分類（NDC）")
    ISBN = "isbn", _("ISBN")


class Operator(models.TextChoices):
    """How a word is joined to those before it."""

    AND = "and", _("かつ")
    OR = "or", _("または")
    NOT = "not", _("を除く")


class Sort(models.TextChoices):
    """In which order hits are shown."""

    BEST = "best", _("関連の強い順")
    NEW = "new", _("出版年の新しい順")
    OLD = "old", _("出版年の古い順")
    ADDED = "added", _("新着順")


@dataclass(frozen=True, kw_only=True)
class Term:
    """One row of the detailed search: a text looked for in a field."""

    text: str
    field: Field = Field.ANY
    operator: Operator = Operator.AND

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words; what stands in quotes is one."""
        return tuple(filter(None, map(fold, _in_quotes_or_not(self.text))))

    @property
    def isbn(self) -> str:
        """The 13 digits where the text is an ISBN and may be meant as one."""
        return isbn13(self.text) if self.field in (Field.ANY, Field.ISBN) else ""


@dataclass(frozen=True, kw_only=True)
class Group(Term):
    """Terms in parentheses, as programs ask for them; no address of ours says that."""

    text: str = ""
    terms: tuple[Term, ...]


@dataclass(frozen=True, kw_only=True)
class Years(Term):
    """Works of these years, both inclusive; all works, also of no year, where none is given."""

    text: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, kw_only=True)
class Whole(Term):
    """A whole title, name, heading or publisher; or (`is_begun`) the beginning of a title."""

    is_begun: bool = False


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """Terms and limits; `page` counts from 1. Limits that are empty limit nothing."""

    terms: tuple[Term, ...] = ()
    materials: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    available: bool = False
    for_children: bool = False
    sort: Sort = Sort.BEST
    page: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for, so that all there is would be found."""
        return not self.terms and not self.limited

    @property
    def limited(self) -> bool:
        """Whether anything but words limits the hits."""
        return replace(self, terms=(), sort=Sort.BEST, page=1) != Criteria()

    @property
    def simple(self) -> str:
        """The text of the search field; "" where the detailed search was used."""
        first = self.terms[0] if len(self.terms) == 1 else None
        is_plain = first and first.field == Field.ANY and first.operator != Operator.NOT
        return first.text if first and is_plain else ""

    @property
    def rows(self) -> list[Term | None]:
        """The rows of the detailed search; what only takes away stands in the second."""
        blank = [None] if self.terms and self.terms[0].operator == Operator.NOT else []
        return [*blank, *self.terms, *[None] * ROWS][:ROWS]

    def query(self, **changed: Any) -> str:
        """Return these criteria as a query string, with some changed; page 1 is left out."""
        return urlencode(_pairs(replace(self, **({"page": 1} | changed))))


def read(asked: QueryDict) -> Criteria:
    """Read criteria from a query string; what is no criterion is left out, nothing is refused."""
    years = [read_year(asked.get(name, "")) for name in ("year_from", "year_to")]
    if all(years):
        years.sort(key=lambda year: year or 0)
    return Criteria(
        terms=tuple(_terms(asked)),
        materials=_known(asked.getlist("material"), Material.values),
        branches=_known(asked.getlist("branch")),
        languages=_known(asked.getlist("language_of_text")),
        classes=_known(asked.getlist("class"), [*"0123456789"]),
        year_from=years[0],
        year_to=years[1],
        available=asked.get("available", "") == "1",
        for_children=asked.get("children", "") == "1",
        sort=_choice(Sort, asked.get("sort", ""), Sort.BEST),
        page=_page(asked.get("page", "")),
    )


def read_year(text: str) -> int | None:
    """Return a year as it may be typed (2013, ２０１３年, 昭和25, S25); None for what is none."""
    typed = unicodedata.normalize("NFKC", typed_text(text)).removesuffix("年")  # not shown
    if len(typed) > MAXIMUM_YEAR:
        return None
    try:
        # A year is read as the birth date of which nothing more is known.
        return int(read_birth_date(f"{typed}年0月0日")[:4]) or None  # not shown
    except NotADate:
        return int(typed) if re.fullmatch("1[0-9]{3}", typed) else None


def typed_text(text: str) -> str:
    """Return what is kept of a typed text."""
    return " ".join(UNSAYABLE.sub(" ", keepable(text)[:MAXIMUM_TYPED]).split())


def _terms(asked: QueryDict) -> list[Term]:
    """Return the terms that look for something, as many as the detailed search has rows.

    There is nothing before the first to join it to; it may be taken away from the limits.
    """
    terms = [Term(text=typed_text(asked.get("q", "")))]
    for row in range(1, ROWS + 1):
        joined = _choice(Operator, asked.get(f"operator{row}", ""), Operator.AND)
        terms.append(
            Term(
                text=typed_text(asked.get(f"word{row}", "")),
                field=_choice(Field, asked.get(f"field{row}", ""), Field.ANY),
                operator=joined if row > 1 else Operator.AND,
            )
        )
    found = [term for term in terms if term.words or term.isbn][:ROWS]
    if found and found[0].operator == Operator.OR:
        found[0] = replace(found[0], operator=Operator.AND)
    return found


def _pairs(criteria: Criteria) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    if criteria.simple:
        pairs.append(("q", criteria.simple))
    else:
        for row, term in enumerate(criteria.rows, start=1):
            if term:
                pairs += [(f"field{row}", term.field.value), (f"word{row}", term.text)]
                if row > 1:
                    pairs.append((f"operator{row}", term.operator.value))
    for name, values in (
        ("material", criteria.materials),
        ("branch", criteria.branches),
        ("language_of_text", criteria.languages),
        ("class", criteria.classes),
    ):
        pairs += [(name, value) for value in values]
    pairs += [
        (name, value)
        for name, value in (("year_from", criteria.year_from), ("year_to", criteria.year_to))
        if value
    ]
    pairs += [("available", 1)] * criteria.available + [("children", 1)] * criteria.for_children
    if criteria.sort != Sort.BEST:
        pairs.append(("sort", criteria.sort.value))
    if criteria.page > 1:
        pairs.append(("page", criteria.page))
    return pairs


def _in_quotes_or_not(text: str) -> list[str]:
    return [quoted or plain for quoted, plain in _WORD.findall(text)]


def _choice(choices: Any, value: str, default: Any) -> Any:
    return choices(value) if value in choices.values else default


def _known(values: list[str], known: list[str] | None = None) -> tuple[str, ...]:
    found = dict.fromkeys(
        value for value in values[:50] if re.fullmatch("[A-Za-z0-9_-]{1,20}", value)
    )
    return tuple(value for value in found if known is None or value in known)


def _page(text: str) -> int:
    return min(max(int(text), 1), LAST_PAGE) if re.fullmatch("[0-9]{1,6}", text) else 1
