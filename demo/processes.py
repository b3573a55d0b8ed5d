"""What the demo and the embedded server must know about operating system processes."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
PR_SET_PDEATHSIG = 1


def dying_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Return a `preexec_fn` after which the kernel signals the child when its parent ends.

    It holds even for a parent ended by SIGKILL (prctl(2), PR_SET_PDEATHSIG). Linux only: None
    elsewhere. The parent is the thread that starts the child: start children from one that lasts.
    """
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: a child between fork and exec must not import or allocate much.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def command_line(pid: int) -> str | None:
    """Return a live process's command line, None if there is none (or only its zombie is left)."""
    if PROC.joinpath("self").exists():
        try:
            text = PROC.joinpath(str(pid), "cmdline").read_bytes()
        except OSError:
            return None
        return text.replace(b"\0", b" ").decode(errors="replace").strip() or None
    return _ask_ps(pid, "command")


def owner(pid: int) -> int | None:
    """Return the user id a live process runs as, None if there is none."""
    if PROC.joinpath("self").exists():
        try:
            return PROC.joinpath(str(pid)).stat().st_uid
        except OSError:
            return None
    text = _ask_ps(pid, "uid")
    return int(text) if text else None


def _ask_ps(pid: int, column: str) -> str | None:
    import subprocess  # only systems without /proc need it

    done = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-p", str(pid), "-o", f"{column}="],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None
