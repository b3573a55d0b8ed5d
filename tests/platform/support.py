"""Helpers of the platform's tests: free ports, waiting, and who is still running."""

import os
import socket
from pathlib import Path

from demo import processes

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def running(mark):
    """The processes whose command line contains the mark, except this one and zombies."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        line = processes.command_line(int(path.name)) or ""
        if mark in line and int(path.name) != os.getpid():
            found[int(path.name)] = line
    return found


def descendants(pid):
    """The process ids below one process, however deep."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, queue = set(), [pid]
    while queue:
        for child in parents.get(queue.pop(), []):
            found.add(child)
            queue.append(child)
    return found


def alive(pids):
    return {pid for pid in pids if processes.command_line(pid)}
