"""A MARC 21 record as the catalogue's columns (Library of Congress, MARC 21 Format).

JAPAN/MARC brings readings in linked 880 fields: katakana with script code `$1`, romaji with `(B`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pymarc import Field as MarcField
from pymarc import Record as MarcRecord

from catalog.importing.items import STATES
from catalog.models import MAXIMUM_CONTROL_NUMBER, Material
from catalog.search.folding import MAXIMUM_FOLDED, isbn13
from characters.text import is_visible

# By column: the most characters, of each where there are several. The search reads no more of a
# text than MAXIMUM_FOLDED, and a B-tree takes no longer value than that of the series.
LIMITS = {
    **{"title": MAXIMUM_FOLDED, "title_reading": MAXIMUM_FOLDED, "volume": 200, "series": 500},
    **{"publisher": 500, "extent": 200, "ndc": 12, "subjects": 500, "description": MAXIMUM_FOLDED},
}
MOST_CONTRIBUTORS = MOST_SUBJECTS = MOST_ISBNS = 200
LONGEST_NAME = 500

# What no page can show and no XML can hold: controls, marks of direction, what is no character.
_UNKEPT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile("[\t-\r \x85\u2028\u2029]+")
# ISBD's signs between one element and the next.
_SIGNS = " /:;,="
_LANGUAGE = re.compile("[a-z]{3}")
_YEAR = re.compile("(?:1[0-9]|20)[0-9]{2}")
# Not a price, nor a number of pages; with the sign of a copyright.
_PRINTED_YEAR = re.compile(
    rf"(?<![0-9¥\\])([c©p℗]?)({_YEAR.pattern})(?![0-9]| ?(?:円|yen|頁|ページ|pp?(?![a-z])))", re.I
)
_JAPANESE = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# A name from abroad; one in kanji or hiragana is written as one (いとうひろし).
_FOREIGN_COMMA = re.compile("(?<=[\u30a1-\u30fa\u30fc])[,，] ?(?=[\u30a1-\u30faA-ZＡ-Ｚ])")
_JAPANESE_COMMA = re.compile(rf"(?<=[{_JAPANESE}])[,，] ?(?=[{_JAPANESE}])")
_LINK = re.compile(r"([0-9]{3})-([0-9]{2})(?:/(.+))?")
_NO_LINK = "00"
_KATAKANA = "$1"
# 084: NDC by its edition, as the National Diet Library names it (njb/09) and others do (ndc9); the
# edition may be left out.
_NDC = re.compile(r"(?:njb/?|ndc)0*([0-9]*)")
# With a letter of what stands apart, or that alone: E of picture books, K of children's.
_CLASS = re.compile(r"[\[ ]*([A-Z]?[0-9]{1,3}(?:\.[0-9]+)?|[A-Z])(?![0-9A-Z])")
# Leader 06. Of authorities, holdings and classifications (u v w x y z) there is no title.
_NO_TITLES = "uvwxyz"
_BY_TYPE = {
    **{"a": Material.BOOK, "t": Material.BOOK, "c": Material.MUSIC, "d": Material.MUSIC},
    **{"e": Material.MAP, "f": Material.MAP, "g": Material.VIDEO, "i": Material.SOUND},
    **{"j": Material.SOUND, "m": Material.ELECTRONIC},
}
# 008/23, of maps and pictures 008/29: form of item.
_FORM_AT_29 = "efgkor"
_BY_FORM = {
    **{"d": Material.LARGE_PRINT, "f": Material.BRAILLE},
    **dict.fromkeys("oqs", Material.ELECTRONIC),
}
# Within what only says how a work is made; a title or a genre may be about such works.
_BY_WORD = {
    **{"大活字": Material.LARGE_PRINT, "点字": Material.BRAILLE, "daisy": Material.DAISY},
    **{"デイジー": Material.DAISY, "llブック": Material.LL_BOOK},
}
_BY_TERM = {
    word + made: material
    for word, material in _BY_WORD.items()
    for made in ("", "本", "図書", "資料", "版")
}
_NAMES = ("100", "110", "111", "700", "710", "711", "720")
_SUBJECTS = ("600", "610", "611", "630", "650", "651", "653")
# $4, where $e says no role in words.
_ROLES = {
    **{"aut": "著", "trl": "訳", "edt": "編", "ill": "絵", "pht": "写真", "cmp": "作曲"},
    **{"nrt": "朗読", "drt": "監督", "com": "編"},
}
_JUVENILE = frozenset("abcj")
_WORDED = (("245", "h"), ("300", "a"), ("340", "a"))
_TERMED = ("336", "337", "338", "655")
# Every field that is looked at.
TAGS = frozenset(
    (
        *("001", "008", "020", "041", "084", "200", "260", "264", "490", "505", "520", "830"),
        *("245", "300", "340", "852", "880", *_NAMES, *_SUBJECTS, *_TERMED),
    )
)

Fields = dict[str, list[MarcField]]


class RecordRejected(Exception):
    """A record cannot be taken; `code` says why, `control_number` which, where that is known."""

    def __init__(self, code: str, detail: str = "", control_number: str = "") -> None:
        super().__init__(code)
        self.code, self.detail, self.control_number = code, detail, control_number


@dataclass(kw_only=True)
class Parsed:
    """A record as it will stand in `catalog_record`, and its items as the file has them.

    `shortened` names the columns of which something was too long, or too much.
    """

    control_number: str
    is_deleted: bool = False
    title: str = ""
    title_reading: str = ""
    volume: str = ""
    series: str = ""
    contributors: list[dict[str, Any]] = field(default_factory=list)
    publisher: str = ""
    year: int | None = None
    extent: str = ""
    isbns: list[str] = field(default_factory=list)
    ndc: str = ""
    subjects: list[str] = field(default_factory=list)
    language: str = ""
    material: str = Material.BOOK
    for_children: bool = False
    description: str = ""
    items: list[dict[str, str]] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)


def parse(record: MarcRecord) -> Parsed:
    """Return what a record says; raises RecordRejected."""
    fields: Fields = defaultdict(list)
    for one in record.fields:
        fields[one.tag].append(one)
    number = control_number(record)
    if not number:
        raise RecordRejected("no_control_number")
    if len(number) > MAXIMUM_CONTROL_NUMBER or not number.isprintable():
        raise RecordRejected("bad_control_number", shown(number))
    status, kind, level = record.leader[5], record.leader[6], record.leader[7]
    if status == "d":
        return Parsed(control_number=number, is_deleted=True)
    if kind in _NO_TITLES:
        raise RecordRejected("no_bibliography", control_number=number)
    title = fields["245"][0] if fields["245"] else None
    if title is None or not is_visible(_text(title, "a", "b")):
        raise RecordRejected("unimarc" if fields["200"] else "no_title", control_number=number)
    readings = _readings(fields)
    fixed = _control(fields, "008")
    publication = _publication(fields)
    parsed = Parsed(
        control_number=number,
        title=_text(title, "a", "b"),
        title_reading=_reading(readings, title, "a", "b"),
        volume=_text(title, "n", "p"),
        series=_first(fields, ("490", "830"), "a"),
        contributors=_contributors(fields, readings, title),
        publisher=_text(publication, "b") if publication else "",
        year=_year(publication, fixed),
        extent=_first(fields, ("300",), "a", "c"),
        isbns=_isbns(fields),
        ndc=_ndc(fields),
        subjects=_subjects(fields),
        language=_language(fields, fixed),
        material=_material(fields, fixed, kind, level),
        # Of maps and of what is published in parts, the character says something else.
        for_children=kind not in "ef" and level not in "bis" and fixed[22:23] in _JUVENILE,
        description=_first(fields, ("520", "505"), "a"),
        items=list(_items(fields)),
    )
    parsed.shortened = list(_shorten(parsed))
    return parsed


def control_number(record: MarcRecord) -> str:
    """Return what 001 says, as it is; "" for nothing."""
    return next((one.data or "" for one in record.fields if one.tag == "001"), "").strip()


def shown(text: str) -> str:
    """Return a text from a file as it can stand in a line: short and without controls."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:MAXIMUM_CONTROL_NUMBER])


def clean(text: str) -> str:
    """Return a text on one line, without what cannot be stored, shown or sent on."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _BLANKS.sub(" ", _UNKEPT.sub("", text)).strip()


def _text(one: MarcField, *codes: str) -> str:
    """Return the subfields as one text, without ISBD's signs at its end."""
    parts = [clean(part.value) for part in one.subfields if part.code in codes]
    return _without_signs(" ".join(filter(None, parts)))


def _without_signs(text: str) -> str:
    text = text.rstrip(_SIGNS)
    # A plus may belong to the title: C++.
    return text[:-2].rstrip(_SIGNS) if text.endswith(" +") else text


def _first(fields: Fields, tags: tuple[str, ...], *codes: str) -> str:
    texts = (_text(one, *codes) for tag in tags for one in fields[tag])
    return next(filter(None, texts), "")


def _control(fields: Fields, tag: str) -> str:
    return (fields[tag][0].data or "") if fields[tag] else ""


def _readings(fields: Fields) -> dict[tuple[str, str], MarcField]:
    """Return the fields that hold katakana, by tag and occurrence of those whose reading it is."""
    found: dict[tuple[str, str], MarcField] = {}
    for one in fields["880"]:
        link = _LINK.fullmatch(one.get("6") or "")
        if link and link[3] == _KATAKANA and link[2] != _NO_LINK:
            found.setdefault((link[1], link[2]), one)
    return found


def _reading(readings: dict[tuple[str, str], MarcField], one: MarcField, *codes: str) -> str:
    link = _LINK.fullmatch(one.get("6") or "")
    linked = readings.get((one.tag, link[2])) if link and link[1] == "880" else None
    return _text(linked, *codes) if linked else ""


def _contributors(
    fields: Fields, readings: dict[tuple[str, str], MarcField], title: MarcField
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in (one for tag in _NAMES for one in fields[tag]):
        # A Japanese heading has its comma for the sorting alone.
        name = _JAPANESE_COMMA.sub("", _FOREIGN_COMMA.sub("・", _text(one, "a", "b")))
        reading = _JAPANESE_COMMA.sub(" ", _reading(readings, one, "a", "b"))
        role = _text(one, "e") or _ROLES.get((one.get("4") or "")[-3:], "")
        if name and name not in found:
            found[name] = {"name": name, "reading": reading, "role": role}
    if not found and (named := _text(title, "c")):
        # Only in the statement of responsibility.
        found[named] = {"name": named, "reading": "", "role": ""}
    return list(found.values())


def _publication(fields: Fields) -> MarcField | None:
    """Return the statement of publication: of 264, which tells of other things too, the first."""
    found = [one for one in fields["264"] if one.indicators and one.indicators[1] == "1"]
    return next(iter(found or fields["260"] or fields["264"]), None)


def _year(publication: MarcField | None, fixed: str) -> int | None:
    printed = unicodedata.normalize("NFKC", _text(publication, "c")) if publication else ""
    years = _PRINTED_YEAR.findall(printed) or [("", year) for year in _YEAR.findall(fixed[7:11])]
    # That of a copyright only where there is no other.
    told = [year for sign, year in years if not sign] or [year for _, year in years]
    return int(told[-1]) if told else None


def _isbns(fields: Fields) -> list[str]:
    values = (value for one in fields["020"] for value in one.get_subfields("a"))
    found = (isbn13(value.split("(")[0]) or isbn13((value.split() or [""])[0]) for value in values)
    return list(dict.fromkeys(filter(None, found)))


def _ndc(fields: Fields) -> str:
    """Return the class of the newest edition, the first of its field; its letters are capital."""
    found = []
    for one in fields["084"]:
        values = (unicodedata.normalize("NFKC", value).upper() for value in one.get_subfields("a"))
        number = next(filter(None, map(_CLASS.match, values)), None)
        if number and (edition := _NDC.match(one.get("2") or "")):
            found.append((int(edition[1][:2] or 0), number[1]))
    return max(found, key=lambda pair: pair[0], default=(0, ""))[1]


def _subjects(fields: Fields) -> list[str]:
    found: dict[str, None] = {}
    for one in (one for tag in _SUBJECTS for one in fields[tag]):
        parts = [_without_signs(clean(value)) for value in one.get_subfields("a", "x", "y", "z")]
        if subject := "--".join(filter(None, parts)):
            found[subject] = None
    return list(found)


def _language(fields: Fields, fixed: str) -> str:
    named = next((one.get("a") or "" for one in fields["041"]), "")
    code = (named or fixed[35:38])[:3].lower()
    return code if _LANGUAGE.fullmatch(code) else ""


def _material(fields: Fields, fixed: str, kind: str, level: str) -> str:
    words = " ".join(map(_plain, _values(fields, *_WORDED)))
    terms = {
        _plain(value).strip(" .[]()") for value in _values(fields, *((t, "a") for t in _TERMED))
    }
    by_term = (material for term, material in _BY_TERM.items() if term in terms)
    by_word = (material for word, material in _BY_WORD.items() if word in words)
    if found := next(by_term, None) or next(by_word, None):
        return found
    if form := _BY_FORM.get(fixed[29:30] if kind in _FORM_AT_29 else fixed[23:24]):
        return form
    if level == "s":
        return Material.NEWSPAPER if fixed[21:22] == "n" else Material.MAGAZINE
    return _BY_TYPE.get(kind, Material.OTHER)


def _values(fields: Fields, *places: tuple[str, str]) -> Iterator[str]:
    return (
        value for tag, code in places for one in fields[tag] for value in one.get_subfields(code)
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", clean(text)).casefold()


def _items(fields: Fields) -> Iterator[dict[str, str]]:
    for one in fields["852"]:
        note = _text(one, "z")
        yield {
            "number": _text(one, "p"),
            "branch": _text(one, "b"),
            "shelf": _text(one, "c"),
            "call_number": _text(one, "h", "i"),
            # A note to the public may say anything.
            "state": note if note in STATES else "",
        }


def _shorten(parsed: Parsed) -> Iterator[str]:
    """Cut what is too long, and yield the columns where something was."""
    for name, most in LIMITS.items():
        value = getattr(parsed, name)
        cut = [text[:most] for text in value] if isinstance(value, list) else value[:most]
        if cut != value:
            setattr(parsed, name, cut)
            yield name
    for one in parsed.contributors:
        for key, text in one.items():
            if len(text) > LONGEST_NAME:
                one[key] = text[:LONGEST_NAME]
                yield "contributors"
    for name, most in (
        ("contributors", MOST_CONTRIBUTORS),
        ("subjects", MOST_SUBJECTS),
        ("isbns", MOST_ISBNS),
    ):
        if len(value := getattr(parsed, name)) > most:
            setattr(parsed, name, value[:most])
            yield name
