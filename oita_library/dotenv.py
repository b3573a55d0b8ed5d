"""The environment and `.env`, for programs that run without Django's settings."""

import os
from pathlib import Path

import environ


def environment(base_dir: Path) -> environ.Env:
    """Return what the settings read as well: the environment wins, then `base_dir`'s `.env`.

    Nothing is put into the process's own environment: there, what gunicorn's arbiter once read
    would hide a changed `.env` from the workers that it starts later.
    """

    class SeparateEnv(environ.Env):
        ENVIRON = dict(os.environ)

    SeparateEnv.read_env(base_dir / ".env")
    return SeparateEnv()
