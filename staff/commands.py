"""What a command that takes a file shows while it works, and how it ends."""

import time
from typing import Any

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
