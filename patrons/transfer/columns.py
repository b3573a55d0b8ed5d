"""The fields that the library system and this service exchange, and the file that maps them.

The mapping is a small TOML file; `patrons/data/import.toml` is an example and the default.
"""

import tomllib
import unicodedata
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, TypeGuard

from patrons.models import ContactMethod
from patrons.normalize import MAX_PATRON_NUMBER_LENGTH
from patrons.numbers import SCHEMES
from patrons.transfer.number_pattern import NumberPattern

DEFAULT_MAPPING = Path(__file__).resolve().parents[1] / "data" / "import.toml"
ENCODINGS = ("auto", "utf-8", "cp932")
DELIMITERS = (",", "\t", ";", "|")


class Field(StrEnum):
    """One column of the exchange, in the order an export writes them."""

    NUMBER = "number"
    NAME = "name"
    KANA = "kana"
    BIRTH_DATE = "birth_date"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    CONTACT_METHOD = "contact_method"
    STATUS = "status"


REQUIRED = (Field.NUMBER, Field.NAME, Field.BIRTH_DATE)


class Status(StrEnum):
    """What the library system says of a patron."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class MappingRefused(ValueError):
    """The mapping file cannot be used; the text says where and why."""


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Headers and codes of one library system.

    `columns` holds the headers of each field as written in the file; `status` and `contact_method`
    the codes of each value; the first of each is what an export writes. Fields that the file does
    not list are neither read nor written. `numbers` are the patterns of patron numbers, of which
    each that is imported fits one; without any, what looks like a number is one.
    """

    encoding: str
    delimiter: str
    columns: Dictionary[Field, tuple[str, ...]]
    status: Dictionary[Status, tuple[str, ...]]
    contact_method: Dictionary[ContactMethod, tuple[str, ...]]
    unknown_birth_dates: frozenset[str]
    numbers: tuple[NumberPattern, ...]

    @property
    def export_encoding(self) -> str:
        """Return what an export is written in: CP932 where the library system reads it alone."""
        return "cp932" if self.encoding == "cp932" else "utf-8-sig"


def load_mapping(path: Path = DEFAULT_MAPPING) -> Mapping:
    """Read a mapping file; raises MappingRefused, and OSError where there is none."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingRefused(f"UTF-8 の TOML として読めません（{error}）") from None
    known = {"encoding", "delimiter", "columns", "status", "contact_method", "birth_date", "number"}
    if unknown := set(content) - known:
        raise MappingRefused(f"知らない項目があります: {', '.join(sorted(unknown))}")
    mapping = Mapping(
        encoding=_one_of(content, "encoding", ENCODINGS),
        delimiter=_one_of(content, "delimiter", DELIMITERS),
        columns=_values(content, "columns", Field),
        status=_values(content, "status", Status),
        contact_method=_values(content, "contact_method", ContactMethod),
        unknown_birth_dates=_unknown_birth_dates(content),
        numbers=_number_patterns(content),
    )
    if missing := [field.value for field in REQUIRED if field not in mapping.columns]:
        raise MappingRefused(f"columns に {', '.join(missing)} が必要です")
    for field, codes, values in (
        (Field.STATUS, mapping.status, Status),
        (Field.CONTACT_METHOD, mapping.contact_method, ContactMethod),
    ):
        if field in mapping.columns and set(codes) != set(values):
            raise MappingRefused(f"{field} の値には、それぞれ1つ以上の文字列が必要です")
    return mapping


def comparable(text: str) -> str:
    """Return a header or code as it is compared: without regard to width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _one_of(content: dict, key: str, choices: tuple[str, ...]) -> str:
    value = content.get(key, choices[0])
    if value not in choices:
        raise MappingRefused(f"{key} は {', '.join(map(repr, choices))} のどれかです")
    return value


def _values(content: dict, section: str, members: type[Enum]) -> dict:
    table = content.get(section, {})
    if not isinstance(table, dict):
        raise MappingRefused(f"{section} は表（[{section}]）にしてください")
    if unknown := [key for key in table if key not in {member.value for member in members}]:
        raise MappingRefused(f"{section} に知らない項目があります: {unknown[0]}")
    seen: dict[str, str] = {}
    for key, texts in table.items():
        if not _is_texts(texts) or not texts:
            raise MappingRefused(f"{section}.{key} は文字列の並びにしてください")
        for text in texts:
            if (other := seen.setdefault(comparable(text), key)) != key:
                raise MappingRefused(f"{section} の {text!r} が {other} にもあります")
    return {member: tuple(table[member.value]) for member in members if member.value in table}


def _unknown_birth_dates(content: dict) -> frozenset[str]:
    table = content.get("birth_date", {})
    texts = table.get("unknown", []) if isinstance(table, dict) else None
    if not _is_texts(texts) or set(table) - {"unknown"}:
        raise MappingRefused("birth_date に書けるのは、文字列の並びの unknown だけです")
    return frozenset(map(comparable, texts))


def _number_patterns(content: dict) -> tuple[NumberPattern, ...]:
    tables = content.get("number", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise MappingRefused("number は表の並び（[[number]]）にしてください")
    patterns = []
    for table in tables:
        digits, scheme = table.get("digits"), table.get("check_digit", "none")
        if set(table) - {"digits", "check_digit"}:
            raise MappingRefused("number に書けるのは、digits と check_digit だけです")
        if type(digits) is not int or not 0 < digits <= MAX_PATRON_NUMBER_LENGTH:
            raise MappingRefused(f"number の digits は 1 から {MAX_PATRON_NUMBER_LENGTH} の数です")
        if scheme not in SCHEMES:
            raise MappingRefused(f"number の check_digit は {', '.join(SCHEMES)} のどれかです")
        patterns.append(NumberPattern(digits=digits, check_digit=scheme))
    return tuple(patterns)


def _is_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
