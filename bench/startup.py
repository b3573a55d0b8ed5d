"""Measure how long a fresh clone takes to serve: `python -m bench.startup`.

Clones this checkout's last commit into a temporary folder and runs `make run` there twice: with
an empty pip cache, and again. Needs git, make and the package index.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from bench.stack import BASE_DIR, free_ports
from demo.embedded_postgres import home_directory

LIMIT_SECONDS = 300
OURS = frozenset({"DATABASE_URL", "DEPLOYMENT", "EMAIL_URL", "MYNA_ISSUER", "VIRTUAL_ENV", "VENV"})
PORTS = ("PORT", "MYNA_SIMULATOR_PORT", "MAIL_SMTP_PORT", "MAIL_WEB_PORT")


def main() -> None:
    """Clone, start twice, print both times."""
    folder = Path(tempfile.mkdtemp(prefix="bench-startup-"))
    clone = folder / "clone"
    try:
        subprocess.run(["git", "clone", "-q", str(BASE_DIR), str(clone)], check=True)
        environment = {name: os.environ[name] for name in os.environ if name not in OURS}
        environment["PIP_CACHE_DIR"] = str(folder / "pip")
        for what, aim in (("cold cache", 120), ("second time", 10)):
            ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
            seconds = _seconds_to_serving(clone, environment | ports, int(ports["PORT"]))
            print(f"make run, {what}: {seconds:.1f} s (aim: under {aim} s)", flush=True)
    finally:
        shutil.rmtree(home_directory(clone), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _seconds_to_serving(clone: Path, environment: dict[str, str], port: int) -> float:
    begun = time.monotonic()
    demo = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _serves(port):
            if demo.poll() is not None or time.monotonic() - begun > LIMIT_SECONDS:
                raise SystemExit("make run does not serve")
            time.sleep(0.1)
        return time.monotonic() - begun
    finally:
        os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(timeout=30)


def _serves(port: int) -> bool:
    request = Request(f"http://127.0.0.1:{port}/registration/", headers={"Host": "localhost"})
    try:
        with urlopen(request, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    main()
