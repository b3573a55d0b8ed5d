"""How hits divide, as links that limit the search; what is looked for, as links that undo it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext, gettext_lazy

from branches.models import Branch
from catalog.models import Material
from catalog.search.criteria import MOST, PER_PAGE, Criteria, Operator, Term
from catalog.search.hits import Facet
from characters.text import StrOrPromise

MOST_SHOWN = 8
# The main classes of the Nippon Decimal Classification (日本十進分類法, 10th edition).
CLASSES = {
    "0": gettext_lazy("総記"),
    "1": gettext_lazy("哲学・宗教"),
    "2": gettext_lazy("歴史・地理"),
    "3": gettext_lazy("社会科学"),
    "4": gettext_lazy("自然科学"),
    "5": gettext_lazy("技術・工学"),
    "6": gettext_lazy("産業"),
    "7": gettext_lazy("芸術・スポーツ"),
    "8": gettext_lazy("言語"),
    "9": gettext_lazy("文学"),
}
# MARC Code List for Languages.
LANGUAGES = {
    "jpn": gettext_lazy("日本語"),
    "eng": gettext_lazy("英語"),
    "chi": gettext_lazy("中国語"),
    "kor": gettext_lazy("韓国・朝鮮語"),
    "fre": gettext_lazy("フランス語"),
    "ger": gettext_lazy("ドイツ語"),
    "spa": gettext_lazy("スペイン語"),
    "por": gettext_lazy("ポルトガル語"),
    "ita": gettext_lazy("イタリア語"),
    "rus": gettext_lazy("ロシア語"),
    "vie": gettext_lazy("ベトナム語"),
    "tha": gettext_lazy("タイ語"),
    "ind": gettext_lazy("インドネシア語"),
    "nep": gettext_lazy("ネパール語"),
    "tgl": gettext_lazy("タガログ語"),
}
MATERIALS: dict[str, StrOrPromise] = dict(Material.choices)
# From, to, both inclusive.
YEARS = ((2020, None), (2000, 2019), (None, 1999))


class Choice(NamedTuple):
    """A value that limits the hits to so many, and the query string that does it."""

    label: str
    hits: int
    query: str


class Group(NamedTuple):
    title: str
    choices: list[Choice]


class Limit(NamedTuple):
    """Something that is looked for, and the query string without it."""

    label: str
    query: str


def groups(criteria: Criteria, found: list[Facet]) -> list[Group]:
    """Return what the hits can still be limited by, the most frequent first."""
    by_kind: dict[str, list[Facet]] = defaultdict(list)
    for facet in sorted(found, key=lambda one: (-one.hits, one.value)):
        by_kind[facet.kind].append(facet)
    names = branch_names([facet.value for facet in by_kind["branch"]])
    made = [
        Group(gettext("所蔵館"), _choices(criteria, "branches", by_kind["branch"], names)),
        Group(gettext("分類"), _choices(criteria, "classes", by_kind["class"], class_names())),
        Group(
            gettext("資料の種類"), _choices(criteria, "materials", by_kind["material"], MATERIALS)
        ),
        Group(gettext("出版年"), _years(criteria, by_kind["year"])),
        Group(
            gettext("本文のことば"), _choices(criteria, "languages", by_kind["language"], LANGUAGES)
        ),
    ]
    return [group for group in made if group.choices]


def limits(criteria: Criteria, names: Mapping[str, str] | None = None) -> list[Limit]:
    """Return what is looked for beside the text of the search field; `names` are of branches."""
    on = [] if criteria.simple else _term_limits(criteria)
    for name, labels in (
        ("branches", branch_names(list(criteria.branches)) if names is None else names),
        ("classes", class_names()),
        ("materials", MATERIALS),
        ("languages", LANGUAGES),
    ):
        chosen = getattr(criteria, name)
        for value in chosen:
            rest = tuple(other for other in chosen if other != value)
            on.append(Limit(str(labels.get(value, value)), criteria.query(**{name: rest})))
    if criteria.year_from or criteria.year_to:
        label = years_label(criteria.year_from, criteria.year_to)
        on.append(Limit(label, criteria.query(year_from=None, year_to=None)))
    if criteria.available:
        on.append(Limit(gettext("貸出可能のみ"), criteria.query(available=False)))
    if criteria.for_children:
        on.append(Limit(gettext("児童向けのみ"), criteria.query(for_children=False)))
    return on


def pages(total: int) -> int:
    """Return how many pages so many hits have; the first is there without any."""
    return max(1, -(-total // PER_PAGE))


def paged(criteria: Criteria, shown: int, total: int) -> dict[str, object]:
    """Return what a page of hits says of itself and the pages beside it."""
    number, last = criteria.page, pages(total)
    before = (number - 1) * PER_PAGE
    return {
        "first": f"{before + 1:,}",
        "last": f"{before + shown:,}",
        "total": f"{total:,}",
        "most": f"{MOST:,}",
        "number": number,
        "pages": last,
        "previous": criteria.query(page=number - 1) if number > 1 else "",
        "next": criteria.query(page=number + 1) if number < last else "",
    }


def language_name(code: str) -> str:
    """Return the name of a language, its code where that is all that is known."""
    return str(LANGUAGES.get(code, code))


def class_name(ndc: str) -> str:
    """Return the name of the main class of a number, "" where it has none."""
    return str(CLASSES.get(ndc[:1], ""))


def class_names() -> dict[str, str]:
    """Return the main classes, each with its number."""
    return {number: f"{number} {name}" for number, name in CLASSES.items()}


def years_label(start: int | None, end: int | None) -> str:
    """Return a span of years in words; either end may be open."""
    if start and start == end:
        return gettext("%s年") % start
    if start and end:
        return gettext("%(start)s年から%(end)s年") % {"start": start, "end": end}
    return gettext("%s年から") % start if start else gettext("%s年まで") % end


def _term_limits(criteria: Criteria) -> list[Limit]:
    terms = criteria.terms
    return [
        Limit(_said(term, place), criteria.query(terms=(*terms[:place], *terms[place + 1 :])))
        for place, term in enumerate(terms)
    ]


def _said(term: Term, place: int) -> str:
    said = gettext("%(field)s「%(text)s」") % {"field": term.field.label, "text": term.text}
    if term.operator == Operator.NOT:
        return gettext("%sを除く") % said
    return gettext("または%s") % said if place and term.operator == Operator.OR else said


def _choices(
    criteria: Criteria, name: str, facets: list[Facet], labels: Mapping[str, StrOrPromise]
) -> list[Choice]:
    # Where one is chosen, another would add hits: what is counted here are those it would leave.
    if getattr(criteria, name):
        return []
    return [
        Choice(
            str(labels.get(facet.value, facet.value)),
            facet.hits,
            criteria.query(**{name: (facet.value,)}),
        )
        for facet in facets[:MOST_SHOWN]
    ]


def _years(criteria: Criteria, facets: list[Facet]) -> list[Choice]:
    if criteria.year_from or criteria.year_to:
        return []
    made = []
    for start, end in YEARS:
        count = sum(
            facet.hits for facet in facets if (start or 0) <= int(facet.value) <= (end or 9999)
        )
        if count:
            query = criteria.query(year_from=start, year_to=end)
            made.append(Choice(years_label(start, end), count, query))
    return made


def branch_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of branches by their codes, in the language of the page."""
    return {one.code: one.shown_name for one in Branch.objects.filter(code__in=codes)}
