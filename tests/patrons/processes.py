"""Real processes of the product on the test's database."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection


def start(*arguments: str, log: Path, environment: dict[str, str], **options) -> subprocess.Popen:
    """Start `manage.py` with arguments; its output goes to `log`."""
    database = {
        key: connection.settings_dict[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.notices.worker_settings",
                "WORKER_DATABASE": json.dumps(database),
                "DEPLOYMENT": "demo",
            }
            | environment,
            **options,
        )


def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
