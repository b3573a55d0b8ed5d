"""Files for staff and for other systems: no formula in a cell, and complete or not there at all.

Formulas: spreadsheet programs run a cell that starts with one of = + - @ (of either width), a tab
or a line break (OWASP, CSV Injection). Such a cell gets an apostrophe in front, the spreadsheets'
own mark of text; reading takes that one away. A cell that starts with apostrophes before such a
character gets one more, so that every value comes back as it was.
"""

import csv
import errno
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Self

LINES_ON_SCREEN = 20
_FORMULA = re.compile(r"['\s]*[=+\-@＝＋－＠−﹢﹣﹦﹫\t\r\n]")


def guard(value: str) -> str:
    """Return a value so that no spreadsheet program takes it for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguard(cell: str) -> str:
    """Undo `guard`; other cells that start with an apostrophe stay as they are."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class HiddenFile:
    """A new file that another system picks up: complete under its name, or not there at all.

    For its owner only, under a hidden name in its folder until it is published; nothing is left
    behind unless it is. A process that is killed leaves at most the hidden file. Every method may
    raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hidden = path.with_name(f".{path.name}.tmp")
        self.hidden.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self.stream = os.fdopen(os.open(self.hidden, flags, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self.stream.close()
        with suppress(OSError):
            self.hidden.unlink(missing_ok=True)

    def publish(self) -> None:
        """Give the file its name, in place of one that has it, once all of it is on the disk."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        self.hidden.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        except OSError as error:
            # Some network file systems have no such thing.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(folder)


class ReportFailed(Exception):
    """The report of an import cannot be written; the text names the file and says why."""


class ReportFile:
    """A CSV file of what staff should look at, and its first `lines` in words.

    Without a path there is no file. Nobody but its owner may read it. It is there once it is
    published, in place of an earlier report, but not of any other file. Raises ReportFailed where
    it cannot be written.
    """

    def __init__(self, path: Path | None, headers: Sequence[str]) -> None:
        self.path = path
        self._first: list[str] = []
        self._more = 0
        self._file: HiddenFile | None = None
        if path is None:
            return
        begin = ",".join(headers).encode("utf-8-sig")
        try:
            if path.exists():
                with path.open("rb") as stream:
                    if stream.read(len(begin)) != begin:
                        raise ReportFailed(f"{path}: 別のファイルがあります")
            self._file = HiddenFile(path)
        except OSError as error:
            raise self._failed(error) from None
        self._text = TextIOWrapper(self._file.stream, encoding="utf-8-sig", newline="")
        self._write = csv.writer(self._text).writerow
        self._write(headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file:
            self._file.__exit__(*error)

    @property
    def lines(self) -> list[str]:
        more = f"ほか {self._more} 件（--report で全部を書き出せます）"
        return [*self._first, more] if self._more else self._first

    def tell(self, words: str, cells: Iterable[object]) -> None:
        """Take one line, in words and as a row of the file."""
        if len(self._first) < LINES_ON_SCREEN:
            self._first.append(words)
        else:
            self._more += 1
        if self._file:
            try:
                self._write(cells)
            except OSError as error:
                raise self._failed(error) from None

    def publish(self) -> None:
        if self._file:
            try:
                self._text.flush()
                self._file.publish()
            except OSError as error:
                raise self._failed(error) from None

    def _failed(self, error: OSError) -> ReportFailed:
        return ReportFailed(f"{self.path}: {error.strerror}")
