"""A MARC 21 record as the catalogue's columns (Library of Congress, MARC 21 Format).

JAPAN/MARC brings readings in linked 880 fields: katakana with script code `$1`, romaji with `(B`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pymarc import Field as MarcField
from pymarc import Record as MarcRecord

from catalog.models import MAXIMUM_CONTROL_NUMBER, Material
from catalog.search.folding import isbn13

# 041/008: a language code of three letters.
_LANGUAGE = re.compile("[a-z]{3}")
_YEAR = re.compile("(1[5-9]|20)[0-9]{2}")
_ENDS = re.compile(r"[\s/:;,=+]+$")
_READING = "$1"
# Leader 06.
_BY_TYPE = {
    "a": Material.BOOK,
    "t": Material.BOOK,
    "c": Material.MUSIC,
    "d": Material.MUSIC,
    "e": Material.MAP,
    "f": Material.MAP,
    "g": Material.VIDEO,
    "i": Material.SOUND,
    "j": Material.SOUND,
    "m": Material.ELECTRONIC,
}
# 008/23, form of item.
_BY_FORM = {"d": Material.LARGE_PRINT, "f": Material.BRAILLE, "o": Material.ELECTRONIC}
_BY_WORD = {
    "大活字": Material.LARGE_PRINT,
    "点字": Material.BRAILLE,
    "DAISY": Material.DAISY,
    "デイジー": Material.DAISY,
    "LLブック": Material.LL_BOOK,
}
_ROLES = ("700", "710", "711", "720")
_SUBJECTS = ("600", "610", "611", "630", "650", "651", "653")
_JUVENILE = frozenset("abcj")


class RecordRejected(Exception):
    """A record cannot be taken; `code` says why, `control_number` which, where that is known."""

    def __init__(self, code: str, detail: str = "", control_number: str = "") -> None:
        super().__init__(code)
        self.code, self.detail, self.control_number = code, detail, control_number


@dataclass(kw_only=True)
class Parsed:
    """A record as it will stand in `catalog_record`, and its items as the file has them."""

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


def parse(record: MarcRecord) -> Parsed:
    """Return what a record says; raises RecordRejected."""
    control_number = _control_number(record)
    if record.leader[5] == "d":
        return Parsed(control_number=control_number, is_deleted=True)
    title_field = record.get("245")
    title = _text(title_field, "a", "b") if title_field else ""
    if not title:
        raise RecordRejected("no_title", control_number=control_number)
    assert title_field is not None
    fixed = (record["008"].data or "") if record.get("008") else ""
    publication = record.get("264") or record.get("260")
    return Parsed(
        control_number=control_number,
        title=title,
        title_reading=_reading(record, title_field, "a", "b"),
        volume=_text(title_field, "n", "p"),
        series=_first(record, ("490", "830"), "a"),
        contributors=list(_contributors(record, title_field)),
        publisher=_text(publication, "b") if publication else "",
        year=_year(publication, fixed),
        extent=_first(record, ("300",), "a", "c"),
        isbns=_isbns(record),
        ndc=_ndc(record),
        subjects=list(
            dict.fromkeys(filter(None, (_subject(one) for one in _fields(record, _SUBJECTS))))
        ),
        language=_language(record, fixed),
        material=_material(record, fixed),
        for_children=fixed[22:23] in _JUVENILE and bool(fixed[22:23]),
        description=_first(record, ("520", "505"), "a"),
        items=list(_items(record)),
    )


def _control_number(record: MarcRecord) -> str:
    number = (record["001"].data or "").strip() if record.get("001") else ""
    if not number:
        raise RecordRejected("no_control_number")
    if len(number) > MAXIMUM_CONTROL_NUMBER or not number.isprintable():
        raise RecordRejected("bad_control_number", number[:MAXIMUM_CONTROL_NUMBER])
    return number


def _fields(record: MarcRecord, tags: tuple[str, ...]) -> Iterator[MarcField]:
    yield from record.get_fields(*tags)


def _text(one: MarcField, *codes: str) -> str:
    """Return the subfields as one text, without ISBD's signs at its end and what cannot be kept."""
    parts = (_clean(value) for value in one.get_subfields(*codes))
    return _ENDS.sub("", " ".join(filter(None, parts)))


def _clean(value: str) -> str:
    kept = "".join(c for c in value if unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join(kept.split(" ")).strip()


def _first(record: MarcRecord, tags: tuple[str, ...], *codes: str) -> str:
    return next(filter(None, (_text(one, *codes) for one in _fields(record, tags))), "")


def _reading(record: MarcRecord, one: MarcField, *codes: str) -> str:
    for linked in record.get_linked_fields(one):
        if linked.get("6", "").split("/")[1:2] == [_READING]:
            return _text(linked, *codes)
    return ""


def _contributors(record: MarcRecord, title: MarcField) -> Iterator[dict[str, Any]]:
    seen = set()
    for one in _fields(record, ("100", "110", "111", *_ROLES)):
        name = _text(one, "a", "b")
        if name and name not in seen:
            seen.add(name)
            role = _text(one, "e") or ("" if one.tag in _ROLES else "著")
            yield {"name": name, "reading": _reading(record, one, "a", "b"), "role": role}
    if not seen and (named := _text(title, "c")):
        # Only in the statement of responsibility.
        yield {"name": named, "reading": "", "role": ""}


def _year(publication: MarcField | None, fixed: str) -> int | None:
    printed = unicodedata.normalize("NFKC", _text(publication, "c")) if publication else ""
    found = _YEAR.search(printed) or _YEAR.fullmatch(fixed[7:11])
    return int(found[0]) if found else None


def _isbns(record: MarcRecord) -> list[str]:
    values = (value for one in record.get_fields("020") for value in one.get_subfields("a", "z"))
    found = (isbn13(value.split("(")[0].split(" ")[0]) for value in values)
    return list(dict.fromkeys(filter(None, found)))


def _ndc(record: MarcRecord) -> str:
    for one in record.get_fields("084"):
        if one.get("2", "").startswith("njb/") or "ndc" in one.get("2", ""):
            return _text(one, "a")[:12]
    return ""


def _subject(one: MarcField) -> str:
    main, *parts = [_clean(value) for value in one.get_subfields("a", "x", "y", "z")] or [""]
    return "--".join((_ENDS.sub("", main), *parts)) if main else ""


def _language(record: MarcRecord, fixed: str) -> str:
    named = record.get("041")
    code = (named.get("a") or "") if named else fixed[35:38]
    return code[:3] if _LANGUAGE.fullmatch(code[:3]) else ""


def _material(record: MarcRecord, fixed: str) -> str:
    words = " ".join(
        value
        for one in record.get_fields("340", "245", "300", "336", "338", "655")
        for value in one.get_subfields("a", "h", "3")
    )
    for word, material in _BY_WORD.items():
        if word in words:
            return material
    if form := _BY_FORM.get(fixed[23:24]):
        return form
    if record.leader[7] == "s":
        return Material.NEWSPAPER if fixed[21:22] == "n" else Material.MAGAZINE
    return _BY_TYPE.get(record.leader[6], Material.OTHER)


def _items(record: MarcRecord) -> Iterator[dict[str, str]]:
    for one in record.get_fields("852"):
        yield {
            "number": _text(one, "p"),
            "branch": _text(one, "b"),
            "shelf": _text(one, "c"),
            "call_number": _text(one, "h", "i"),
            "state": _text(one, "z"),
        }
