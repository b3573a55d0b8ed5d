"""Files that another system picks up: complete under their name, or not there at all."""

import errno
import os
from contextlib import suppress
from pathlib import Path


class HiddenFile:
    """A new file, for its owner only, under a hidden name in its folder until it is published.

    A process that is killed leaves at most the hidden file. Every method may raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hidden = path.with_name(f".{path.name}.tmp")
        self.hidden.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self.stream = os.fdopen(os.open(self.hidden, flags, 0o600), "wb")

    def publish(self) -> None:
        """Give the file its name, in place of one that has it, once all of it is on the disk."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        self.hidden.replace(self.path)
        _sync_folder(self.path.parent)

    def discard(self) -> None:
        """Leave nothing behind unless the file is published."""
        with suppress(OSError):
            self.stream.close()
        with suppress(OSError):
            self.hidden.unlink(missing_ok=True)


def discard_left_behind(folder: Path, prefix: str) -> None:
    """Delete the hidden files of processes that were killed; nobody else may be writing now."""
    for left in folder.glob(f".{prefix}*.tmp"):
        left.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems have no such thing.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
