"""What a record says, as rows for readers and in the words of schema.org for programs."""

from typing import Any, NamedTuple

from django.utils.translation import gettext

from catalog.models import BCP_47, Material, Record
from catalog.search.criteria import Criteria, Field, Term
from catalog.search.panel import class_name, language_name
from ui.pages import beside

_BOOKS = {
    *(Material.BOOK, Material.LARGE_PRINT, Material.BRAILLE, Material.DAISY, Material.LL_BOOK),
    Material.ELECTRONIC,
}
# By what a role says of itself (著, 訳, 編, 絵); whoever has none is an author.
_ROLES = {"訳": "translator", "編": "editor", "絵": "illustrator", "画": "illustrator"}  # not shown


class Value(NamedTuple):
    """A text; the search that finds what has it too, as a query string; its language if known."""

    text: str
    query: str = ""
    lang: str = ""
    more: str = ""


def rows(found: Record) -> list[tuple[str, list[Value]]]:
    """Return labels and values; what the record does not say is left out."""
    ndc = found.ndc and Value(found.ndc, _search(Field.NDC, found.ndc), more=class_name(found.ndc))
    told: list[tuple[str, list[Value]]] = [
        (gettext("書名"), [Value(str(found), lang=found.lang)]),
        (gettext("読み"), _values(found.title_reading)),
        (gettext("著者など"), [_person(one) for one in found.contributors]),
        (gettext("シリーズ"), _linked(Field.SUBJECT, found.series)),
        (gettext("出版"), _values(_published(found))),
        (gettext("ページ数・大きさ"), _values(found.extent)),
        ("ISBN", _values(*found.isbns)),
        (gettext("分類（NDC）"), [ndc] if ndc else []),
        (gettext("件名"), _linked(Field.SUBJECT, *found.subjects)),
        (gettext("資料の種類"), _values(found.get_material_display())),
        (gettext("本文のことば"), _values(language_name(found.language))),
        (gettext("書誌番号"), _values(found.control_number)),
    ]
    return [(label, values) for label, values in told if values]


def followed(found: Record) -> list[tuple[str, str]]:
    """Return whose new arrivals a reader may wait for, with the search as a query string."""
    told = (
        (gettext("この著者の新着をお知らせ"), Field.AUTHOR, found.first_author),
        (gettext("このシリーズの新着をお知らせ"), Field.SUBJECT, found.series),
    )
    return [(label, _search(field, text)) for label, field, text in told if text]


def schema(found: Record) -> dict[str, Any]:
    """Describe a record in the words of https://schema.org/Book."""
    people: dict[str, list[dict[str, str]]] = {}
    for one in found.contributors:
        people.setdefault(kind_of(one), []).append({"@type": "Person", "name": one["name"]})
    described = {
        "@context": "https://schema.org",
        "@type": "Book" if found.material in _BOOKS else "CreativeWork",
        "@id": found.address,
        "url": found.address,
        "name": str(found),
        **people,
        "publisher": found.publisher and {"@type": "Organization", "name": found.publisher},
        "datePublished": str(found.year or ""),
        "isbn": found.isbns[0] if found.isbns else "",
        "inLanguage": BCP_47.get(found.language, ""),
        "description": found.description,
    }
    return {name: value for name, value in described.items() if value}


def kind_of(contributor: dict[str, Any]) -> str:
    """Return what a contributor was to the work, in the words of schema.org."""
    role = contributor.get("role", "")
    return next((kind for sign, kind in _ROLES.items() if sign in role), "author")


def _values(*texts: str) -> list[Value]:
    return [Value(text) for text in texts if text]


def _linked(field: Field, *texts: str) -> list[Value]:
    return [Value(text, _search(field, text)) for text in texts if text]


def _person(one: dict[str, Any]) -> Value:
    more = beside(*filter(None, (one.get("reading"), one.get("role"))))
    return Value(one["name"], _search(Field.AUTHOR, one["name"]), more=more)


def _published(found: Record) -> str:
    year = gettext("%s年") % found.year if found.year else ""
    return beside(*filter(None, (found.publisher, year)))


def _search(field: Field, text: str) -> str:
    # In quotes: a name or heading is one word, whatever spaces are in it.
    words = text if field == Field.NDC else f'"{text}"'.replace('""', '"')
    return Criteria(terms=(Term(text=words, field=field),)).query()
