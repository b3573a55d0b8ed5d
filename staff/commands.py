"""What a command that takes a file shows while it works, and how it ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import CommandError
from django.db import DatabaseError

from staff.files import ReportFailed, ReportFile

REFUSED, USAGE, UNREPORTED, INTERRUPTED = 1, 2, 3, 130
UNCHANGED = "何も変わっていません。"
UNSURE = "取り込まれたかどうかは、もう一度実行するとわかります。"
STEPS = {
    "read": "読み込み",
    "items": "所蔵",
    "compare": "照合",
    "merge": "登録",
    "index": "索引",
    "commit": "確定",
}


class Progress:
    """A bar on a terminal; elsewhere a line at each step and each tenth."""

    WIDTH = 30

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._bar = stream.isatty()
        self._shown = ("", 0)
        self._begun = time.monotonic()

    @property
    def outcome(self) -> str:
        return UNSURE if self._shown[0] == "commit" else UNCHANGED

    def show(self, step: str, share: float) -> None:
        shown = (step, int(share * (100 if self._bar else 10)))
        if shown == self._shown:
            return
        self._shown = shown
        seconds = time.monotonic() - self._begun
        filled = int(share * self.WIDTH)
        bar = f"[{'#' * filled}{'.' * (self.WIDTH - filled)}] " if self._bar else ""
        text = f"{STEPS[step]} {bar}{share:4.0%} {seconds:.0f} 秒"
        self._stream.write(f"\r\x1b[2K{text}" if self._bar else f"{text}\n")
        self._stream.flush()

    def finish(self) -> None:
        if self._bar and self._shown[0]:
            self._stream.write("\n")


_Report = TypeVar("_Report", bound=ReportFile)


def refused(reason: str, outcome: str = UNCHANGED) -> CommandError:
    return CommandError(f"{reason}。{outcome}", returncode=REFUSED)


@contextmanager
def reported(make: Callable[[Path | None], _Report], path: Path | None) -> Iterator[_Report]:
    """Give a report to be filled, which is published at the end."""
    try:
        report = make(path)
    except ReportFailed as failure:
        raise CommandError(f"{failure}。", returncode=USAGE) from None
    with report:
        yield report
        try:
            report.publish()
        except ReportFailed as failure:
            raise CommandError(f"{failure}。", returncode=UNREPORTED) from None


@contextmanager
def stopped(progress: Progress) -> Iterator[None]:
    """Say in a sentence, with its exit status, what stopped the work on a file."""
    try:
        yield
    except ReportFailed as failure:
        raise refused(str(failure)) from None
    except OSError as error:
        if error.filename is None:
            # In the middle of a file: a full disk, a share that went away.
            raise refused(f"ファイルを読み書きできません（{error.strerror}）") from None
        raise CommandError(f"{error.filename}: {error.strerror}", returncode=USAGE) from None
    except DatabaseError as error:
        # Its text may quote a patron's data.
        state = getattr(error.__cause__, "sqlstate", None) or type(error).__name__
        raise refused(f"データベースのエラー（{state}）", progress.outcome) from None
    except KeyboardInterrupt:
        raise CommandError(f"中断しました。{progress.outcome}", returncode=INTERRUPTED) from None
    finally:
        progress.finish()
