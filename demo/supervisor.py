"""Keep several programs running on one machine, and leave none behind.

Every program gets a session and a log file of its own and is ended by the kernel when the
supervisor ends, however it ends. One that ends by itself is started again, ever more slowly.
"""

import errno
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from demo import processes

READY_SECONDS = 60.0
STOP_SECONDS = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
STEADY_SECONDS = 30.0
LARGEST_LOG = 5 * 1024 * 1024
LOG_CHECK_SECONDS = 60.0


class StartError(Exception):
    """A program cannot be started; the text says why and what to do."""


@dataclass(frozen=True)
class Program:
    """A program to keep running.

    It is ready when it answers HTTP on `port` of 127.0.0.1, asked for `path` of `host`; at once
    when it has no port. `death_signal` is what the kernel sends it when the supervisor is gone.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    host: str = "127.0.0.1"
    path: str = "/"
    death_signal: signal.Signals = signal.SIGKILL


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None


class Supervisor:
    """Starts programs, watches them and stops them all; `say` gets a line for people."""

    def __init__(self, directory: Path, logs: Path, say: Callable[[str], None]) -> None:
        self.directory = directory
        self.logs = logs
        self.say = say
        self.children: list[_Child] = []
        self._logs_checked = time.monotonic()

    def start(self, programs: Sequence[Program]) -> None:
        """Start all and wait until every one is ready; StartError names the one that is not."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        for program in programs:
            self.children.append(_Child(program, self._spawn(program), time.monotonic()))
        deadline = time.monotonic() + READY_SECONDS
        for child in self.children:
            while not is_answering(child.program):
                ended = child.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    problem = "ended at its start" if ended else "is not ready"
                    words = processes.tail(self._log(child.program))
                    raise StartError(f"{child.program.name} {problem}.\n{words}")
                time.sleep(0.03)

    def tend(self) -> None:
        """Start again what has ended; call it a few times per second."""
        now = time.monotonic()
        for child in self.children:
            if child.restart_at is not None:
                if now >= child.restart_at:
                    child.process, child.started = self._spawn(child.program), now
                    child.restart_at = None
            elif (status := child.process.poll()) is not None:
                _kill_group(child.process)
                if now - child.started > STEADY_SECONDS:
                    child.pause = FIRST_PAUSE
                child.restart_at = now + child.pause
                self.say(
                    f"{child.program.name} ended (status {status}) and starts again in "
                    f"{child.pause:g} s; its log: {self._log(child.program)}"
                )
                child.pause = min(child.pause * 2, LONGEST_PAUSE)
        if now - self._logs_checked > LOG_CHECK_SECONDS:
            self._logs_checked = now
            for child in self.children:
                shorten(self._log(child.program))

    def stop(self) -> None:
        """Ask every program to end, and after `STOP_SECONDS` make it; nothing of theirs remains."""
        for child in self.children:
            with suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(deadline - time.monotonic(), 0.01))
        for child in self.children:
            _kill_group(child.process)
            child.process.wait()
        self.children.clear()

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        log = self._log(program)
        shorten(log)
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=os.environ | program.environment,
                start_new_session=True,
                preexec_fn=processes.dying_with_parent(program.death_signal),
            )

    def _log(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"


def shorten(log: Path) -> None:
    """Move a log that has grown large aside, over the one moved before; its writer goes on."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def is_answering(program: Program) -> bool:
    """Return whether the program answers a request, with whatever status."""
    if program.port is None:
        return True
    request = f"HEAD {program.path} HTTP/1.0\r\nHost: {program.host}\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", program.port), timeout=5) as client:
            client.sendall(request.encode())
            return bool(client.recv(1))
    except OSError:
        return False


def is_free(port: int) -> bool:
    """Return whether a program could listen on the port of 127.0.0.1."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return False
        raise
    return True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a child's session: a killed gunicorn leaves workers, for example."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
