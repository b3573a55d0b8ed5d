"""Named mistakes of a library system: each spoils one snapshot, or how requests are heard.

Those marked 正常 stay within docs/library-system-files.md: the service has to take them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Rows = dict[str, list[list[str]]]
Told = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which it goes wrong, from the rows that are written to what is left in the folder.

    `manifest` changes what is told, `content` the bytes of a file after they were told, `keeps`
    says which files are written; `hears` whether requests are read, `answers` whether answers are
    written, `does` whether what is asked for is done.
    """

    label: str
    rows: Callable[[Rows], None] = lambda rows: None
    manifest: Callable[[Told], None] = lambda told: None
    content: Callable[[str, bytes], bytes] = lambda kind, data: data
    keeps: Callable[[str], bool] = lambda kind: True
    encoding: str = "cp932"
    english: bool = False
    mode: int = 0o600
    hears: bool = True
    answers: bool = True
    does: bool = True
    says: dict[str, str] = field(default_factory=dict)


def _cut(of: str) -> Callable[[str, bytes], bytes]:
    return lambda kind, data: data[: len(data) * 2 // 3] if kind == of else data


def _tell(**members: Any) -> Callable[[Told], None]:
    return lambda told: told.update(members)


def _one_more(told: Told) -> None:
    told["files"]["loans"]["rows"] += 1


def _spoil(every: int) -> Callable[[Rows], None]:
    def spoil(rows: Rows) -> None:
        for row in rows["loans"][::every]:
            row[5] = "３月２４日"

    return spoil


def _without_zone(told: Told) -> None:
    told["as_of"] = told["as_of"][:19]


def _ahead(told: Told) -> None:
    told["as_of"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def _empty(rows: Rows) -> None:
    rows["loans"].clear()
    rows["holds"].clear()


FAULTS = {
    "none": Fault(label="正常"),
    "utf8": Fault(label="UTF-8で書く（正常）", encoding="utf-8"),
    "english": Fault(label="見出しが英語（正常）", english=True),
    "open": Fault(label="ほかの人も読めるファイル（正常：読めなくされる）", mode=0o644),
    "no_manifest": Fault(label="マニフェストがない", keeps=lambda kind: kind != "manifest"),
    "half_written": Fault(label="マニフェストが書きかけ", content=_cut("manifest")),
    "missing": Fault(label="貸出のファイルがない", keeps=lambda kind: kind != "loans"),
    "cut": Fault(label="貸出のファイルが途中で切れている", content=_cut("loans")),
    "rows": Fault(label="行の数が違う", manifest=_one_more),
    "again": Fault(label="前より小さい通し番号", manifest=_tell(sequence=1)),
    "no_zone": Fault(label="日時に時差がない", manifest=_without_zone),
    "ahead": Fault(label="1時間先の日時", manifest=_ahead),
    "encoding": Fault(label="文字コードがマニフェストと違う", manifest=_tell(encoding="utf-8")),
    "bad_line": Fault(label="使えない行が1つ（正常：その行だけ除く）", rows=_spoil(10_000)),
    "bad_lines": Fault(label="使えない行ばかり", rows=_spoil(1)),
    "empty": Fault(label="貸出と予約がすべてない", rows=_empty),
    "deaf": Fault(label="申し込みを読まない", hears=False),
    "silent": Fault(label="手続きはするが、返事を書かない（正常）", answers=False),
    "lost": Fault(label="返事も手続きもなくす", answers=False, does=False),
    "refuses": Fault(label="すべて断る", does=False, says={"refusal": "overdue"}),
}
