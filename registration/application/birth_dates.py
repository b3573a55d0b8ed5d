"""A verified birth date as the form shows it."""

from patrons.birth_date import UNKNOWN, split


def on_form(birth_date: str) -> str:
    """Write a birth date (`YYYYMMDD`) as the form does: `2013 年 7月 20日` (manual, step 6)."""
    year, month, day = (UNKNOWN if part is None else part for part in split(birth_date))
    return f"{year} 年 {month}月 {day}日"
