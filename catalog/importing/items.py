"""Items from a CSV file, and what makes a line, or a field 852, no item."""

import csv
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TextIO

from django.utils.translation import override

from catalog.models import MAXIMUM_ITEM_NUMBER, ItemState, Material

# The column, and its header in Japanese.
COLUMNS = {
    **{"control_number": "書誌番号", "number": "資料番号", "branch": "館", "shelf": "置き場所"},
    **{"call_number": "請求記号", "state": "状態", "material": "資料の種類"},
}
REQUIRED = ("control_number", "number", "branch")
LONGEST_LINE = 10_000
UTF_8 = "utf-8-sig"
# And what stands for a byte that the encoding does not have.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\udc80-\udcff]")
_WORDS = {
    **{"在架": ItemState.ON_SHELF, "貸出中": ItemState.ON_LOAN, "予約棚": ItemState.HELD},
    **{"移送中": ItemState.IN_TRANSIT, "準備中": ItemState.PROCESSING},
    **{"整理中": ItemState.PROCESSING, "館内のみ": ItemState.REFERENCE},
    **{"禁帯出": ItemState.REFERENCE, "所在不明": ItemState.MISSING, "不明": ItemState.MISSING},
}
STATES = {word: state.value for word, state in _WORDS.items()} | {v: v for v in ItemState.values}


class FileRefused(Exception):
    """The file as a whole cannot be read; nothing was changed."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def items(
    path: Path, encoding: str = UTF_8, errors: str = "strict"
) -> Generator[tuple[int, dict[str, str]], None, None]:
    """Yield the line number and cells of each item of a CSV file, as `table` does."""
    return table(path, COLUMNS, REQUIRED, encoding, errors)


def table(
    path: Path,
    columns: Mapping[str, str],
    required: Sequence[str],
    encoding: str = UTF_8,
    errors: str = "strict",
) -> Generator[tuple[int, dict[str, str]], None, None]:
    """Yield the line number and cells of each line of a CSV file; raises FileRefused, OSError.

    `columns` are the names of those that are read, with their headers in Japanese; a file has
    either. Others are left aside; of those that the file lacks there is no cell. A line of another
    length has empty cells of what is `required`, `wrong`, and `all` that stands in it, each on a
    line. `errors` are `open`'s.
    """
    line = 0
    try:
        with path.open(encoding=encoding, errors=errors, newline="") as lines:
            reader = csv.reader(_lines(lines), strict=True)
            headers = [header.strip() for header in next(reader, [])]
            places = _places(headers, columns, required)
            for row in reader:
                line = reader.line_num
                if not any(row):
                    continue
                if len(row) == len(headers):
                    cells = {name: row[place].strip() for name, place in places.items()}
                else:
                    cells = dict.fromkeys(required, "")
                    cells |= {"wrong": "columns", "all": "\n".join(row)}
                yield line, cells
    except UnicodeDecodeError:
        raise FileRefused("items_not_utf8") from None
    except csv.Error as error:
        raise FileRefused("bad_csv", f"{line + 1} 行目: {error}") from None


def _lines(stream: TextIO) -> Iterator[str]:
    """Yield the lines; what has no end is no line."""
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise csv.Error("line too long")
        yield line


def _places(
    headers: list[str], columns: Mapping[str, str], required: Sequence[str]
) -> dict[str, int]:
    if not headers:
        raise FileRefused("items_empty")
    names = {label: name for name, label in columns.items()} | {name: name for name in columns}
    known = [names.get(header, "") for header in headers]
    missing = [f"{name}（{columns[name]}）" for name in required if name not in known]
    if missing:
        raise FileRefused("columns", "、".join(missing))
    if twice := [name for name in columns if known.count(name) > 1]:
        raise FileRefused("columns_twice", "、".join(twice))
    return {name: known.index(name) for name in columns if name in known}


@cache
def materials() -> dict[str, str]:
    """Return the kinds of material by how a file calls them: as the pages do, or by their code."""
    with override("ja"):
        words = {str(word): code for code, word in Material.choices}
    return words | {code: code for code in Material.values}


def without_controls(value: str) -> str:
    return _CONTROLS.sub("", value)


def wrong(cells: dict[str, str], branches: dict[str, int]) -> tuple[str, str]:
    """Return why cells are no item, with the value to blame; ("", "") where they are one."""
    if code := cells.get("wrong"):
        return code, ""
    if _CONTROLS.search("".join(cells.values())):
        name = next(name for name, value in cells.items() if _CONTROLS.search(value))
        return "control_characters", COLUMNS[name]
    if not cells["number"] or len(cells["number"]) > MAXIMUM_ITEM_NUMBER:
        return "item_number", cells["number"]
    if cells["branch"] not in branches:
        return "branch", cells["branch"]
    if (state := cells.get("state")) and state not in STATES:
        return "state", state
    if (material := cells.get("material")) and material not in materials():
        return "material", material
    return "", ""
