"""The supervisor: what ends is started again, and nothing outlives it."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from demo import supervisor
from demo.supervisor import Program, StartError, Supervisor
from tests.platform.support import ROOT, alive, descendants, free_port
from tests.waiting import eventually

SERVE = "import sys; from http.server import *; HTTPServer(('127.0.0.1', int(sys.argv[1])), "
SERVE += "BaseHTTPRequestHandler).serve_forever()"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


@pytest.fixture
def said():
    return []


@pytest.fixture
def programs(tmp_path, said):
    supervised = Supervisor(tmp_path, tmp_path / "log", said.append)
    yield supervised
    supervised.stop()


def python(name, script, *arguments, **options):
    return Program(name, [sys.executable, "-c", script, *arguments], **options)


def test_start_returns_when_the_program_answers(programs):
    port = free_port()
    program = python("web", SERVE, str(port), port=port)
    programs.start([program])
    assert supervisor.is_answering(program)


def test_a_program_that_ends_at_its_start_is_reported_with_its_last_words(programs):
    program = python("web", "raise SystemExit('no database')", port=free_port())
    with pytest.raises(StartError, match=r"web ended at its start(.|\n)*no database"):
        programs.start([program])


def test_a_program_that_ends_is_started_again_after_a_pause(programs, said):
    programs.start([python("worker", "import time; time.sleep(60)")])
    first = programs.children[0].process
    first.kill()
    first.wait()
    programs.tend()
    assert "worker ended (status -9)" in said[0]
    assert programs.children[0].process is first

    def started_again():
        programs.tend()
        return programs.children[0].process is not first

    eventually(started_again, 30)


def test_stop_ends_even_a_program_that_does_not_listen_and_its_children(programs):
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); {DEAF}"
    programs.start([python("deaf", script)])
    pid = programs.children[0].process.pid
    eventually(lambda: len(descendants(pid)) == 1)
    everybody = {pid} | descendants(pid)
    programs.stop()
    eventually(lambda: not alive(everybody), 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl(2) is Linux's")
def test_a_killed_supervisor_takes_its_programs_with_it(tmp_path):
    script = textwrap.dedent(f"""
        import pathlib, sys, time
        from demo.supervisor import Program, Supervisor
        here = pathlib.Path(sys.argv[1])
        supervised = Supervisor(here, here / "log", print)
        supervised.start([Program("deaf", [sys.executable, "-c", {DEAF!r}])])
        print("up", flush=True)
        time.sleep(60)
    """)
    command = [sys.executable, "-c", script, tmp_path]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as supervising:
        assert supervising.stdout.readline() == "up\n"
        children = descendants(supervising.pid)
        supervising.send_signal(signal.SIGKILL)
    assert children
    eventually(lambda: not alive(children), 3)


def test_a_long_log_is_moved_aside_while_its_writer_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LARGEST_LOG", 10)
    path = tmp_path / "web.log"
    writer = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(writer, b"many lines of before\n")
    supervisor.shorten(path)
    os.write(writer, b"after\n")
    os.close(writer)
    assert path.read_bytes() == b"after\n"
    assert path.with_suffix(".log.1").read_bytes() == b"many lines of before\n"
