"""The manifest of a snapshot: what it says, and whether the files are what it says they are."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import Any

from catalog.importing.items import UTF_8
from circulation.files.models import Loaded

FORMAT = 1
REQUIRED = ("patrons", "loans", "holds")
OPTIONAL = ("records", "items", "answers")
CODECS = {"utf-8": UTF_8, "cp932": "cp932"}
LONGEST_MANIFEST = 64 * 1024
LARGEST_NUMBER = 2**63 - 1
# Others stand for "none" or "for ever", and are in no calendar of ours.
YEARS = range(1900, 2200)
# Clocks differ.
AHEAD = timedelta(minutes=5)
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,100}")
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SnapshotRefused(Exception):
    """Nothing of a snapshot is taken over; `code` is one of `circulation.files.words.REASONS`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a snapshot, with the number of its lines and its digest."""

    path: Path
    rows: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is told of a snapshot; `parts` are its files by what they hold."""

    path: Path
    digest: str
    sequence: int
    as_of: datetime
    codec: str
    parts: Mapping[str, Part]

    @property
    def name(self) -> str:
        return name_of(self.path)

    def is_newer_than(self, loaded: Loaded) -> bool:
        """Return whether it tells of a later moment than a snapshot that was taken over."""
        return self.sequence > loaded.sequence and self.as_of > loaded.as_of

    @property
    def files(self) -> list[Path]:
        """All that belongs to it, the manifest last."""
        return [*(part.path for part in self.parts.values()), self.path]


def name_of(path: Path) -> str:
    """Return a file's name as it can be stored: that may be in an encoding of its own."""
    return path.name.encode(errors="replace").decode()[:255]


def read(path: Path) -> bytes:
    """Return the bytes of a manifest; raises SnapshotRefused."""
    with opened(path) as stream:
        return stream.read(LONGEST_MANIFEST + 1)


def parse(path: Path, content: bytes) -> Manifest:
    """Return what a manifest says; raises SnapshotRefused where that is not to be understood."""
    try:
        told = json.loads(content.decode("utf-8-sig")) if len(content) <= LONGEST_MANIFEST else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("files"), dict):
        raise SnapshotRefused("manifest")
    if told.get("format") != FORMAT:
        raise SnapshotRefused("format")
    if not isinstance(told.get("encoding"), str) or told["encoding"] not in CODECS:
        raise SnapshotRefused("told", "encoding")
    return Manifest(
        path=path,
        digest=hashlib.sha256(content).hexdigest(),
        sequence=_number(told, "sequence"),
        as_of=_moment(told.get("as_of")),
        codec=CODECS[told["encoding"]],
        parts=_parts(path.parent, told["files"]),
    )


def check(manifest: Manifest) -> None:
    """Raise SnapshotRefused where a file is not there, not whole, or can be read by others."""
    for kind, part in manifest.parts.items():
        with opened(part.path, kind) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != part.sha256.lower():
            raise SnapshotRefused("hash", kind)


def opened(path: Path, kind: str = "manifest") -> BufferedReader:
    """Open a file for its owner alone; raises SnapshotRefused.

    What is no file is not waited for; what others can read is taken from them first.
    """
    try:
        stream = os.fdopen(os.open(path, _OPEN), "rb")
    except FileNotFoundError:
        raise SnapshotRefused("missing", kind) from None
    except OSError:
        raise SnapshotRefused("unreadable", kind) from None
    try:
        mode = os.fstat(stream.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise SnapshotRefused("unreadable", kind)
        if mode & _OTHERS:
            _take_from_others(stream.fileno(), kind)
    except BaseException:
        stream.close()
        raise
    return stream


def _take_from_others(descriptor: int, kind: str) -> None:
    try:
        os.fchmod(descriptor, stat.S_IRUSR | stat.S_IWUSR)
        is_open = os.fstat(descriptor).st_mode & _OTHERS
    except OSError:
        is_open = True
    if is_open:
        raise SnapshotRefused("permissions", kind)


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    if type(value) is not int or not 0 <= value <= LARGEST_NUMBER:
        raise SnapshotRefused("told", name)
    return value


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise SnapshotRefused("told", "as_of")
    if moment.utcoffset() is None:
        raise SnapshotRefused("zone")
    return moment


def _parts(folder: Path, told: Mapping[str, Any]) -> dict[str, Part]:
    if missing := [kind for kind in REQUIRED if kind not in told]:
        raise SnapshotRefused("not_told", ", ".join(missing))
    parts = {}
    for kind in (*REQUIRED, *OPTIONAL):
        if kind not in told:
            continue
        file = told[kind]
        if not isinstance(file, dict):
            raise SnapshotRefused("told", kind)
        name, sha256 = file.get("name"), file.get("sha256")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise SnapshotRefused("told", f"{kind}.name")
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise SnapshotRefused("told", f"{kind}.sha256")
        parts[kind] = Part(path=folder / name, rows=_number(file, "rows"), sha256=sha256)
    return parts
