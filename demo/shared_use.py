"""Counting the processes that use something, in a way that no killed process can falsify."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SharedUse:
    """A use shared by processes: each holds a shared flock(2), which the kernel ends with it."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self._held: int | None = None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let one process at a time join or leave, with what it must do for that."""
        descriptor = self._open("start")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def join(self) -> bool:
        """Count this process among the users; True if there is no other. Only while `changing`."""
        self._held = self._open("users")
        alone = self._is_alone(self._held)
        fcntl.flock(self._held, fcntl.LOCK_SH)
        return alone

    def leave(self) -> bool:
        """Count this process no longer; True if it was the last. Only while `changing`."""
        if self._held is None:
            return False
        last = self._is_alone(self._held)
        os.close(self._held)
        self._held = None
        return last

    def _is_alone(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _open(self, purpose: str) -> int:
        path = self.directory / f"{self.name}-{purpose}.lock"
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
