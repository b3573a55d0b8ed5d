"""A MARC 21 record as the catalogue's columns (Library of Congress, MARC 21 Format).

JAPAN/MARC brings readings in linked 880 fields: katakana with script code `$1`, romaji with `(B`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from pymarc import Record as MarcRecord

from catalog.importing.items import STATES
from catalog.models import MAXIMUM_CONTROL_NUMBER, Material
from catalog.search.folding import MAXIMUM_FOLDED, isbn13
from characters.text import is_visible

# By column: the most characters, or how many there may be. The search reads no more of a text than
# MAXIMUM_FOLDED, and a B-tree takes no longer value than that of the series.
LIMITS = {
    **{"title": MAXIMUM_FOLDED, "title_reading": MAXIMUM_FOLDED, "volume": 200, "series": 500},
    **{"publisher": 500, "extent": 200, "ndc": 12, "description": MAXIMUM_FOLDED},
    **dict.fromkeys(("contributors", "subjects", "isbns"), 200),
}
LONGEST_SUBJECT = 500
LONGEST_NAME = 500

# What no page can show and no XML can hold: controls, marks of direction, what is no character.
_UNKEPT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile("[\t-\r \x85\u2028\u2029]+")
# ISBD's signs between one element and the next.
_SIGNS = " /:;,="
_AT_END = frozenset(f"{_SIGNS}+")
_LANGUAGE = re.compile("[a-z]{3}")
_YEAR = re.compile("(?:1[0-9]|20)[0-9]{2}")
# Not a price, nor a number of pages; with the sign of a copyright.
_PRINTED_YEAR = re.compile(
    rf"(?<![0-9¥\\])([c©p℗]?)({_YEAR.pattern})(?![0-9]| ?(?:円|yen|頁|ページ|pp?(?![a-z])))", re.I
)
_JAPANESE = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# A name from abroad; one in kanji or hiragana is written as one (いとうひろし).
_FOREIGN_COMMA = re.compile("(?<=[\u30a1-\u30fa\u30fc])[,，] ?(?=[\u30a1-\u30faA-ZＡ-Ｚ])")
_COMMA = re.compile("[,，]")
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
_OF_ITEM = {
    **{"p": "number", "b": "branch", "c": "shelf", "h": "call_number", "i": "call_number"},
    **{"z": "state"},
}
_JUVENILE = frozenset("abcj")
_WORDED = {"245": "h", "300": "a", "340": "a"}
_TERMED = dict.fromkeys(("336", "337", "338", "655"), "a")
# Every field that is looked at.
TAGS = frozenset(
    (
        *("001", "008", "020", "041", "084", "200", "260", "264", "490", "505", "520", "830"),
        *("245", "300", "340", "852", "880", *_NAMES, *_SUBJECTS, *_TERMED),
    )
)

# A field is its indicators and its subfields, each with its code before it; or what a control field
# says, alone.
Field = list[str]
Fields = dict[str, list[Field]]


class Marc(NamedTuple):
    """A record as it was read: its leader, and by tag the fields that are looked at."""

    leader: str
    fields: Fields

    @classmethod
    def of(cls, record: MarcRecord) -> "Marc":
        """Return a record of pymarc's. What has not one character as its code is not looked at."""
        fields: Fields = {}
        for one in record.fields:
            if one.tag in TAGS:
                signs = "".join(sign if len(sign) == 1 else " " for sign in one.indicators or "")
                parts = [part.code + part.value for part in one.subfields if len(part.code) == 1]
                told = [one.data or ""] if one.control_field else [signs, *parts]
                fields.setdefault(one.tag, []).append(told)
        return cls(str(record.leader), fields)


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


def parse(record: Marc) -> Parsed:
    """Return what a record says; raises RecordRejected."""
    leader, fields = record
    number = control_number(record)
    if not number:
        raise RecordRejected("no_control_number")
    if len(number) > MAXIMUM_CONTROL_NUMBER or not number.isprintable():
        raise RecordRejected("bad_control_number", shown(number))
    status, kind, level = leader[5], leader[6], leader[7]
    if status == "d":
        return Parsed(control_number=number, is_deleted=True)
    if kind in _NO_TITLES:
        raise RecordRejected("no_bibliography", control_number=number)
    title = fields.get("245", [[""]])[0]
    title_text = _text(title, "a", "b")
    if not is_visible(title_text):
        raise RecordRejected("unimarc" if "200" in fields else "no_title", control_number=number)
    readings = _readings(fields)
    fixed = _control(fields, "008")
    publication = _publication(fields)
    parsed = Parsed(
        control_number=number,
        title=title_text,
        title_reading=_reading(readings, "245", title, "a", "b"),
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
    parsed.shortened.extend(_shorten(parsed))
    return parsed


def control_number(record: Marc) -> str:
    """Return what 001 says, as it is; "" for nothing."""
    return _control(record.fields, "001").strip()


def shown(text: str) -> str:
    """Return a text from a file as it can stand in a line: short and without controls."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:MAXIMUM_CONTROL_NUMBER])


def clean(text: str) -> str:
    """Return a text on one line, without what cannot be stored, shown or sent on."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _BLANKS.sub(" ", _UNKEPT.sub("", text)).strip()


def _subfields(one: Field, *codes: str) -> list[str]:
    return [part[1:] for part in one[1:] if part[:1] in codes]


def _subfield(one: Field, code: str) -> str:
    for part in one[1:]:
        if part[:1] == code:
            return part[1:]
    return ""


def _text(one: Field, *codes: str) -> str:
    """Return the subfields as one text, without ISBD's signs at its end."""
    parts = [clean(part[1:]) for part in one[1:] if part[:1] in codes]
    text = parts[0] if len(parts) == 1 else " ".join(filter(None, parts))
    return text and _without_signs(text)


def _without_signs(text: str) -> str:
    if text[-1:] not in _AT_END:
        return text
    text = text.rstrip(_SIGNS)
    # A plus may belong to the title: C++.
    return text[:-2].rstrip(_SIGNS) if text.endswith(" +") else text


def _first(fields: Fields, tags: tuple[str, ...], *codes: str) -> str:
    texts = (_text(one, *codes) for tag in tags for one in fields.get(tag, ()))
    return next(filter(None, texts), "")


def _control(fields: Fields, tag: str) -> str:
    return fields[tag][0][0] if tag in fields else ""


def _readings(fields: Fields) -> dict[tuple[str, str], Field]:
    """Return the fields that hold katakana, by tag and occurrence of those whose reading it is."""
    found: dict[tuple[str, str], Field] = {}
    for one in fields.get("880", ()):
        link = _LINK.fullmatch(_subfield(one, "6"))
        if link and link[3] == _KATAKANA and link[2] != _NO_LINK:
            found.setdefault((link[1], link[2]), one)
    return found


def _reading(readings: dict[tuple[str, str], Field], tag: str, one: Field, *codes: str) -> str:
    link = _LINK.fullmatch(_subfield(one, "6")) if readings else None
    linked = readings.get((tag, link[2])) if link and link[1] == "880" else None
    return _text(linked, *codes) if linked else ""


def _contributors(
    fields: Fields, readings: dict[tuple[str, str], Field], title: Field
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for tag, one in [(name, one) for name in _NAMES for one in fields.get(name, ())]:
        # A Japanese heading has its comma for the sorting alone.
        name, reading = _text(one, "a", "b"), _reading(readings, tag, one, "a", "b")
        if _COMMA.search(name):
            name = _JAPANESE_COMMA.sub("", _FOREIGN_COMMA.sub("・", name))
        if _COMMA.search(reading):
            reading = _JAPANESE_COMMA.sub(" ", reading)
        role = _text(one, "e") or _ROLES.get(_subfield(one, "4")[-3:], "")
        if name and name not in found:
            found[name] = {"name": name, "reading": reading, "role": role}
    if not found and (named := _text(title, "c")):
        # Only in the statement of responsibility.
        found[named] = {"name": named, "reading": "", "role": ""}
    return list(found.values())


def _publication(fields: Fields) -> Field | None:
    """Return the statement of publication: of 264, which tells of other things too, the first."""
    told = fields.get("264", [])
    found = [one for one in told if one[0][1:2] == "1"]
    return next(iter(found or fields.get("260") or told), None)


def _year(publication: Field | None, fixed: str) -> int | None:
    printed = unicodedata.normalize("NFKC", _text(publication, "c")) if publication else ""
    years = _PRINTED_YEAR.findall(printed) or [("", year) for year in _YEAR.findall(fixed[7:11])]
    # That of a copyright only where there is no other.
    told = [year for sign, year in years if not sign] or [year for _, year in years]
    return int(told[-1]) if told else None


def _isbns(fields: Fields) -> list[str]:
    values = (value for one in fields.get("020", ()) for value in _subfields(one, "a"))
    found = (isbn13(value.split("(")[0]) or isbn13((value.split() or [""])[0]) for value in values)
    return list(dict.fromkeys(filter(None, found)))


def _ndc(fields: Fields) -> str:
    """Return the class of the newest edition, the first of its field; its letters are capital."""
    found = []
    for one in fields.get("084", ()):
        values = (unicodedata.normalize("NFKC", value).upper() for value in _subfields(one, "a"))
        number = next(filter(None, map(_CLASS.match, values)), None)
        if number and (edition := _NDC.match(_subfield(one, "2"))):
            found.append((int(edition[1][:2] or 0), number[1]))
    return max(found, key=lambda pair: pair[0], default=(0, ""))[1]


def _subjects(fields: Fields) -> list[str]:
    found: dict[str, None] = {}
    for one in (one for tag in _SUBJECTS for one in fields.get(tag, ())):
        parts = [_without_signs(clean(value)) for value in _subfields(one, "a", "x", "y", "z")]
        if subject := "--".join(filter(None, parts)):
            found[subject] = None
    return list(found)


def _language(fields: Fields, fixed: str) -> str:
    named = _subfield(fields["041"][0], "a") if "041" in fields else ""
    code = (named or fixed[35:38])[:3].lower()
    return code if _LANGUAGE.fullmatch(code) else ""


def _material(fields: Fields, fixed: str, kind: str, level: str) -> str:
    terms = set(map(_term, _values(fields, _TERMED)))
    if not _BY_TERM.keys().isdisjoint(terms):
        return next(material for term, material in _BY_TERM.items() if term in terms)
    if words := " ".join(map(_plain, _values(fields, _WORDED))):
        by_word = (material for word, material in _BY_WORD.items() if word in words)
        if found := next(by_word, None):
            return found
    if form := _BY_FORM.get(fixed[29:30] if kind in _FORM_AT_29 else fixed[23:24]):
        return form
    if level == "s":
        return Material.NEWSPAPER if fixed[21:22] == "n" else Material.MAGAZINE
    return _BY_TYPE.get(kind, Material.OTHER)


def _values(fields: Fields, places: dict[str, str]) -> list[str]:
    found = [(one, code) for tag, code in places.items() for one in fields.get(tag, ())]
    return [part[1:] for one, code in found for part in one[1:] if part[:1] == code]


# Few: a value may be as long as its record.
@lru_cache(1 << 8)
def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", clean(text)).casefold()


@lru_cache(1 << 8)
def _term(text: str) -> str:
    return _plain(text).strip(" .[]()")


def _items(fields: Fields) -> Iterator[dict[str, str]]:
    for one in fields.get("852", ()):
        cells = dict.fromkeys(_OF_ITEM.values(), "")
        for part in one[1:]:
            if (name := _OF_ITEM.get(part[:1])) and (text := clean(part[1:])):
                cells[name] = f"{cells[name]} {text}" if cells[name] else text
        cells = {name: text and _without_signs(text) for name, text in cells.items()}
        # A note to the public may say anything.
        if cells["state"] not in STATES:
            cells["state"] = ""
        yield cells


def _shorten(parsed: Parsed) -> Iterator[str]:
    """Cut what is too long, and yield the columns where something was."""
    for name, most in LIMITS.items():
        if len(value := getattr(parsed, name)) > most:
            setattr(parsed, name, value[:most])
            yield name
    if any(len(text) > LONGEST_SUBJECT for text in parsed.subjects):
        parsed.subjects = [text[:LONGEST_SUBJECT] for text in parsed.subjects]
        yield "subjects"
    for one in parsed.contributors:
        for key, text in one.items():
            if len(text) > LONGEST_NAME:
                one[key] = text[:LONGEST_NAME]
                yield "contributors"
