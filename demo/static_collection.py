"""Collecting the static files only when they changed."""

import fcntl
import hashlib

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect() -> bool:
    """Run collectstatic unless it would find what it found the last time; True if it ran.

    Of two that start at once, one collects and the other waits for it.
    """
    stamp = settings.BASE_DIR / "var" / "static-stamp"
    stamp.parent.mkdir(mode=0o700, exist_ok=True)
    with stamp.open("a+") as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        written.seek(0)
        digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']}".encode())
        for finder in get_finders():
            for path, storage in finder.list([]):
                modified = storage.get_modified_time(path).timestamp()
                digest.update(f"{path} {storage.size(path)} {modified}\n".encode())
        found = digest.hexdigest()
        if (settings.STATIC_ROOT / "staticfiles.json").exists() and written.read() == found:
            return False
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        written.truncate(0)
        written.write(found)
    return True
