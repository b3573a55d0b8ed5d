"""Real processes of the product on the test's database."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.db import connection


def start(
    *arguments: str,
    log: Path,
    environment: dict[str, str],
    first: Callable[[], object] = lambda: None,
    **options,
) -> subprocess.Popen:
    """Start `manage.py` with arguments; its output goes to `log`.

    `first` runs in the new process before it. It heeds Ctrl-C, whatever started the tests: the
    background job of a shell is born deaf to it.
    """
    database = {
        key: connection.settings_dict[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    }

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        first()

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
            preexec_fn=prepare,
            **options,
        )


def exit_status(*arguments: object) -> int:
    """Return with what status `manage.py` would end; what it prints goes where this process's does.

    For what needs no process of its own: its arguments, and how it ends.
    """
    name, *rest = map(str, arguments)
    command = load_command_class(get_commands()[name], name)
    try:
        command.run_from_argv(["manage.py", name, *rest])
    except SystemExit as ended:
        return ended.code
    return 0
