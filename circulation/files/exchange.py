"""The folder that is shared with the library system: what came in, and what is asked of it.

Only `manage.py library_files` looks into it: a network folder that hangs holds nobody else.
"""

import hashlib
import logging
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from circulation.files.loading import SnapshotRunning, load
from circulation.files.manifest import Manifest, SnapshotRefused, name_of, parse, read
from circulation.files.models import Snapshot, SnapshotState
from circulation.files.requests_file import write_requests

logger = logging.getLogger("circulation")

# Below the folder: what the library system writes, and what we do.
IN, OUT = "in", "out"
# Whatever lies there for longer is deleted: personal data that nobody takes over.
KEPT = timedelta(days=1)
# What may be mended without another manifest.
TRIED_AGAIN = {"missing", "unreadable", "hash", "permissions", "future"}


def exchange(*, folder: Path, now: datetime | None = None, may_lose: bool = False) -> None:
    """Take over the newest snapshot, and write what is asked for; raises OSError."""
    now = now or timezone.now()
    take_in(folder=folder / IN, now=now, may_lose=may_lose)
    write_requests(folder=folder / OUT, now=now)


def take_in(*, folder: Path, now: datetime, may_lose: bool = False) -> Snapshot | None:
    """Take over the newest snapshot that can be, delete it and older ones, and return its row.

    None where nothing was taken over: what was refused has a row that says why.
    """
    loaded = None
    found = sorted(_manifests(folder, now), key=lambda manifest: manifest.sequence, reverse=True)
    for manifest in found:
        loaded = _take(manifest, now=now, may_lose=may_lose)
        if loaded:
            break
    last = Snapshot.objects.last_loaded()
    for manifest in found:
        if last and not manifest.is_newer_than(last):
            _delete(manifest)
    _sweep(folder)
    return loaded


def _manifests(folder: Path, now: datetime) -> list[Manifest]:
    """Return what can be read of the manifests; the others are refused."""
    found = []
    for path in sorted(folder.glob("[!.]*.json")):
        content = b""
        try:
            content = read(path)
            found.append(parse(path, content))
        except SnapshotRefused as refused:
            # What is gone since the folder was listed, another process has taken over.
            if refused.code == "missing":
                continue
            _refuse(name_of(path), hashlib.sha256(content).hexdigest(), refused, now)
    return found


def _take(manifest: Manifest, *, now: datetime, may_lose: bool) -> Snapshot | None:
    name, digest = manifest.name, manifest.digest
    before = Snapshot.objects.filter(name=name, digest=digest).first()
    if before and before.state == SnapshotState.LOADED:
        return None
    if before and before.reason not in TRIED_AGAIN and not may_lose:
        return None
    try:
        return load(manifest, now=now, may_lose=may_lose)
    except SnapshotRunning:
        logger.info("another import is running", extra={"event": "import_running"})
    except SnapshotRefused as refused:
        _refuse(name, digest, refused, now, manifest)
    except (OSError, ValueError, DataError, IntegrityError) as error:
        # Neither message nor traceback: they may name what stands in a line.
        failure = SnapshotRefused("failed", type(error).__name__)
        _refuse(name, digest, failure, now, manifest)
    return None


def _refuse(
    name: str,
    digest: str,
    refused: SnapshotRefused,
    now: datetime,
    manifest: Manifest | None = None,
) -> None:
    told = {"reason": refused.code, "detail": refused.detail[:200]}
    values: dict[str, Any] = {"state": SnapshotState.REFUSED, **told}
    if manifest:
        values |= {"sequence": manifest.sequence, "as_of": manifest.as_of}
    with transaction.atomic():
        row, is_new = Snapshot.objects.get_or_create(
            name=name, digest=digest, defaults=values | {"seen_at": now}
        )
        is_other = (row.reason, row.detail) != (told["reason"], told["detail"])
        if not is_new and row.state == SnapshotState.REFUSED and is_other:
            Snapshot.objects.filter(pk=row.pk).update(**told, seen_at=now)
    if is_new or is_other:
        logger.error("snapshot refused", extra={"event": "snapshot_refused", **told})


def _delete(manifest: Manifest) -> None:
    """Delete a snapshot's files, its manifest last; what cannot be is tried again and swept."""
    for path in manifest.files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            extra = {"event": "snapshot_not_deleted", "reason": str(error.strerror)}
            logger.error("a file of a snapshot was not deleted", extra=extra)
            return


def _sweep(folder: Path) -> None:
    """Delete what nobody took over for so long, by the folder's own clock as by this machine's."""
    before = time.time() - KEPT.total_seconds()
    for path in folder.iterdir():
        try:
            found = path.lstat()
        except FileNotFoundError:
            # What was still being written has got its name.
            continue
        if not path.is_dir() and max(found.st_mtime, found.st_ctime) < before:
            path.unlink(missing_ok=True)
            logger.warning("a file was left", extra={"event": "snapshot_file_left"})
