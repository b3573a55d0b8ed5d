"""What the demo and the embedded server must know about operating system processes."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

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


def command_line(pid: int, *, uid: int | None = None) -> str | None:
    """Return a process's command line; None if there is none, a zombie, or another user's."""
    import psutil  # the image is built without it, from the demo's settings

    try:
        process = psutil.Process(pid)
        if uid is not None and process.uids().effective != uid:
            return None
        return " ".join(process.cmdline()) or None
    except psutil.Error:
        return None


def tail(log: Path, lines: int = 15) -> str:
    """Return a log's last lines."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
