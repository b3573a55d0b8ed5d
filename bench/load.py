"""A closed-loop HTTP load generator, run as a process of its own: `python -m bench.load < plan`.

The plan is JSON: `port`, `concurrency`, `seconds` (null: every unit once), `warmup` seconds, and
`units`, each a list of requests sent one after the other; a request is `{"text": …, "status": …}`,
with @SESSION@ standing for the session cookie that the unit's previous response set. Every request
has a connection of its own, for the yardstick too, since gunicorn's sync workers close theirs. The
result, JSON on standard output: units done, seconds, median and 95th percentile in milliseconds,
and the answers that were not the expected ones.
"""

import json
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle

RECEIVE = 65536


class Slot:
    """One of the concurrent clients: it asks, waits for the answer, and asks again."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.unit: list = []
        self.step = 0
        self.session = b""
        self.started = 0.0
        self.answer: list[bytes] = []
        self.socket: socket.socket | None = None

    def begin(self) -> bool:
        """Take the next unit; False when there is none."""
        unit = self.load.next_unit()
        if unit is None:
            return False
        self.unit, self.step, self.session = unit, 0, b""
        self.started = time.perf_counter()
        self.ask()
        return True

    def ask(self) -> None:
        """Send the unit's next request on a new connection."""
        text = self.unit[self.step][0]
        if self.session:
            text = text.replace(b"@SESSION@", self.session)
        self.answer = []
        self.socket = socket.create_connection(("127.0.0.1", self.load.port), timeout=30)
        self.socket.sendall(text)
        self.load.watch(self)

    def receive(self) -> bool:
        """Read what has come; go on when the server has closed. False when nothing is left."""
        data = self.socket.recv(RECEIVE)
        if data:
            self.answer.append(data)
            return True
        self.load.forget(self)
        self.socket.close()
        answer = b"".join(self.answer)
        self.load.judge(answer, self.unit[self.step][1])
        self.step += 1
        if self.step < len(self.unit):
            self.session = _session_cookie(answer) or self.session
            self.ask()
            return True
        self.load.finished(time.perf_counter() - self.started)
        return self.begin()


class Load:
    """All slots together, and what they saw."""

    def __init__(self, plan: dict) -> None:
        self.port = plan["port"]
        self.concurrency = plan["concurrency"]
        self.seconds = plan["seconds"]
        self.warmup = plan.get("warmup", 0.0)
        units = [
            [(request["text"].encode(), str(request["status"]).encode()) for request in unit]
            for unit in plan["units"]
        ]
        self.units: Iterator = cycle(units) if self.seconds else iter(units)
        self.poll = select.epoll()
        self.slots: dict[int, Slot] = {}
        self.durations: list[float] = []
        self.total = 0
        self.unexpected: Counter[str] = Counter()
        self.count_from = 0.0
        self.stop_at = 0.0

    def run(self) -> dict:
        """Drive the server and return the result."""
        begun = time.perf_counter()
        self.count_from = begun + self.warmup
        self.stop_at = self.count_from + self.seconds if self.seconds else float("inf")
        active = sum(Slot(self).begin() for _ in range(self.concurrency))
        while active:
            for descriptor, _ in self.poll.poll(30):
                if not self.slots[descriptor].receive():
                    active -= 1
        ended = time.perf_counter()
        durations = sorted(self.durations)
        return {
            "units": len(durations),
            "total": self.total,
            "seconds": ended - self.count_from,
            "p50_ms": 1000 * durations[len(durations) // 2] if durations else 0,
            "p95_ms": 1000 * durations[len(durations) * 95 // 100] if durations else 0,
            "unexpected": dict(self.unexpected),
        }

    def next_unit(self) -> list | None:
        """Return the next unit to send, None when the time or the units are over."""
        return None if time.perf_counter() >= self.stop_at else next(self.units, None)

    def watch(self, slot: Slot) -> None:
        """Wait for a slot's answer."""
        descriptor = slot.socket.fileno()
        self.slots[descriptor] = slot
        self.poll.register(descriptor, select.EPOLLIN)

    def forget(self, slot: Slot) -> None:
        """Stop waiting for a slot's answer."""
        descriptor = slot.socket.fileno()
        self.poll.unregister(descriptor)
        del self.slots[descriptor]

    def judge(self, answer: bytes, expected: bytes) -> None:
        """Note an answer whose status is not the expected one."""
        status = answer[9:12]
        if status != expected:
            got = status.decode(errors="replace")
            self.unexpected[f"{got} instead of {expected.decode()}"] += 1

    def finished(self, duration: float) -> None:
        """Count a unit, and time it when it ended after the warm-up."""
        self.total += 1
        if time.perf_counter() >= self.count_from:
            self.durations.append(duration)


def _session_cookie(answer: bytes) -> bytes:
    _, found, rest = answer.partition(b"sessionid=")
    return rest.partition(b";")[0] if found else b""


if __name__ == "__main__":
    json.dump(Load(json.load(sys.stdin)).run(), sys.stdout)
