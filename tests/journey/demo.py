"""The whole service, started by its one command in a checkout of its own."""

import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from demo.embedded_postgres import home_directory

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "var", "__pycache__", "staticfiles", ".env", "docs", "node_modules", "tests"
)
READY_SECONDS = 120
PORTS = ("PORT", "MYNA_SIMULATOR_PORT", "MAIL_SMTP_PORT", "MAIL_WEB_PORT")
BANNER_END = "Ctrl-C"


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A running demo: its addresses, its staff account and where it logs."""

    directory: Path
    process: subprocess.Popen[str]
    site: str
    simulator: str
    mail: str
    staff: str
    password: str

    @classmethod
    def start(cls, directory: Path) -> "Demo":
        """Copy the checkout and run the demo there on free ports; its output is in the error."""
        shutil.copytree(ROOT, directory, ignore=NOT_COPIED)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=directory,
            # No journey asks AI蔵書探索, and vectors would be made beside it.
            env=kept | ports | {"DEPLOYMENT": "demo", "EMBEDDER_SOCKET": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            banner = read_until(process, BANNER_END)
            account = re.search(r"user: (\S+)\s+password: (\S+)", banner)
            assert account, banner
        except BaseException:
            process.kill()
            raise
        return cls(
            directory=directory,
            process=process,
            site=f"http://localhost:{ports['PORT']}",
            simulator=f"http://127.0.0.1:{ports['MYNA_SIMULATOR_PORT']}",
            mail=f"http://127.0.0.1:{ports['MAIL_WEB_PORT']}",
            staff=account.group(1),
            password=account.group(2),
        )

    def stop(self) -> None:
        """Stop the demo and remove its database, which may lie outside its directory."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        shutil.rmtree(home_directory(self.directory), ignore_errors=True)

    def logs(self) -> str:
        """Everything that any part of the service has logged."""
        files = (self.directory / "var" / "log").iterdir()
        return "\n".join(path.read_text(errors="replace") for path in files)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, all different."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def read_until(process: subprocess.Popen[str], mark: str) -> str:
    """Return what a process printed up to a line with `mark`; fail when it ends or is silent."""
    lines: queue.Queue[str | None] = queue.Queue()
    stream = process.stdout
    assert stream is not None

    def pump() -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    seen = ""
    while mark not in seen:
        line = lines.get(timeout=READY_SECONDS)
        assert line is not None, f"the demo ended:\n{seen}"
        seen += line
    return seen
