"""Birth dates as people, library systems and spreadsheet programs write them.

Eras: JIS X 0301; the codes 1 to 5 for them are those of registers of residents. A code of seven
digits in all is read from 3 on: 1 and 2 may begin a year that lost a digit.
"""

import re
from datetime import date
from functools import lru_cache

from patrons.normalize import nfkc

FIRST_YEAR = 1850
# First and last day of each era, both included; the first's year is its year 1.
_ERAS = {
    "明治": ("18680125", "19120730"),
    "大正": ("19120730", "19261225"),
    "昭和": ("19261225", "19890107"),
    "平成": ("19890108", "20190430"),
    "令和": ("20190501", "99991231"),
}
_NAMES = dict(zip("mtshr12345", [*_ERAS, *_ERAS], strict=True)) | dict(
    zip(_ERAS, _ERAS, strict=True)
)
_ERA_OR_LETTER = "明治|大正|昭和|平成|令和|[mtshr]"
_DATE = re.compile(
    rf"(?:(?:(?P<era>{_ERA_OR_LETTER}|[1-5]-)(?P<era_year>[0-9]{{1,2}}|元)|(?P<year>[0-9]{{4}}))"
    r"[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?)"
)
_COMPACT = re.compile(
    rf"(?:(?P<era>{_ERA_OR_LETTER}|[345](?=[0-9]{{6}}$))(?P<era_year>[0-9]{{2}})|(?P<year>[0-9]{{4}}))"
    r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?:\.0+)?"
)
# A day of a spreadsheet program has its midnight behind it.
_MIDNIGHT = re.compile(r"[\sT]+0{1,2}:00(?::00(?:\.0+)?)?(?:\+09:00)?\s*")
# Days since 1900 or 1904, which nobody can tell apart, and what does not fit the column.
_SPREADSHEET = re.compile(r"[0-9]{5}(?:\.[0-9]*)?|[0-9.]+e\+?[0-9]+|#.*|=.*")
_KANJI = "〇一二三四五六七八九"
_KANJI_NUMBER = re.compile(f"[{_KANJI}零十]+")


class NotADate(Exception):
    """A text is no day anybody was born on; `code` says why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@lru_cache(maxsize=65536)
def read_birth_date(text: str, unknown: frozenset[str] = frozenset()) -> str:
    """Return YYYYMMDD with zeros for unknown parts; raises NotADate where it is no such day."""
    if ":" in text or "：" in text:
        text = _without_midnight(text)
    text = "".join(nfkc(text).casefold().split())
    if text in unknown:
        return "00000000"
    if not text:
        raise NotADate("birth_date_empty")
    if "年" in text:
        text = _KANJI_NUMBER.sub(_in_digits, text)
    match = _COMPACT.fullmatch(text) or _DATE.fullmatch(text)
    if not match:
        is_spreadsheet = _SPREADSHEET.fullmatch(text)
        raise NotADate("birth_date_spreadsheet" if is_spreadsheet else "birth_date_form")
    month, day = int(match["month"]), int(match["day"])
    if match["era"]:
        year = _year_of_era(match["era"].rstrip("-"), match["era_year"], month, day)
    else:
        year = int(match["year"])
    if year and year < FIRST_YEAR:
        raise NotADate("birth_date", f"{FIRST_YEAR}年より前")
    try:
        # 2000 had a 29 February, January has a 31st.
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        raise NotADate("birth_date", "暦にない日") from None
    return f"{year:04}{month:02}{day:02}"


def _without_midnight(text: str) -> str:
    text = nfkc(text)
    found = _MIDNIGHT.search(text)
    return text[: found.start()] if found and found.end() == len(text) else text


def _year_of_era(era: str, era_year: str, month: int, day: int) -> int:
    name = _NAMES[era]
    first, last = _ERAS[name]
    year = int(first[:4]) - 1 + (1 if era_year == "元" else int(era_year))
    # In the parts that are known: without a month that is the year, whatever the day.
    known = 4 if not month else 6 if not day else 8
    if not first[:known] <= f"{year:04}{month:02}{day:02}"[:known] <= last[:known]:
        until = f"{_said(last)}まで" if last < "9999" else ""
        raise NotADate("birth_date_era", f"{name}は{_said(first)}から{until}")
    return year


def _said(day: str) -> str:
    return f"{day[:4]}年{int(day[4:6])}月{int(day[6:])}日"


def _in_digits(found: re.Match[str]) -> str:
    """Return 25 for 二十五 and 二五, 1950 for 一九五〇; what is no number as it stands."""
    text = found[0].replace("零", "〇")
    tens, ten, ones = text.partition("十")
    if not ten:
        return "".join(str(_KANJI.index(kanji)) for kanji in text)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return str(10 * (_KANJI.index(tens) if tens else 1) + (_KANJI.index(ones) if ones else 0))
