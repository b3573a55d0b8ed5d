"""What slow clients cost everybody else: `python -m bench.slow_clients` prints page times.

200 clients connect and fall silent, 16 send a request a byte a second; meanwhile somebody opens the
home page. Behind nginx, and straight at gunicorn to see what nginx is for.
"""

import socket
import ssl
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from bench.front import NOTICE, Front, front, nginx, site
from bench.stack import free_ports

SILENT, DRIPPING = 200, 16
# Their own address, so that a limit for each address would not show in the visitor's pages.
SOURCE = "127.0.0.3"
PAGES = 40
HEAD = b"POST /registration/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n"


class SlowClients:
    """Connections that never finish what they ask."""

    def __init__(self, port: int, wrap: Callable[[socket.socket], socket.socket]) -> None:
        self.silent = [self._connect(port) for _ in range(SILENT // 2)]
        self.silent += [wrap(self._connect(port)) for _ in range(SILENT // 2)]
        for half in self.silent[SILENT // 2 :: 2]:
            half.sendall(HEAD[:40])
        self.dripping = [wrap(self._connect(port)) for _ in range(DRIPPING)]
        for in_the_body in self.dripping[::2]:
            in_the_body.sendall(HEAD + b"\r\n")
        self.over = threading.Event()
        self.dripper = threading.Thread(target=self._drip)
        self.dripper.start()

    def open(self) -> int:
        """Return how many the server has not given up."""
        return sum(_is_open(client) for client in (*self.silent, *self.dripping))

    def stop(self) -> None:
        self.over.set()
        self.dripper.join()
        for client in (*self.silent, *self.dripping):
            client.close()

    def _connect(self, port: int) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(SOURCE, 0))

    def _drip(self) -> None:
        sent = 0
        while not self.over.wait(1):
            for number, client in enumerate(self.dripping):
                byte = b"a" if number % 2 == 0 else HEAD[sent : sent + 1] or b"a"
                try:
                    client.sendall(byte)
                except OSError:
                    continue  # given up by the server, as it should be
            sent += 1


def _is_open(client: socket.socket) -> bool:
    client.settimeout(0)
    try:
        return bool(client.recv(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        client.settimeout(30)


@contextmanager
def slow_clients(front: Front) -> Iterator[SlowClients]:
    """Let them hang on nginx."""
    tls = front.tls()
    hanging = SlowClients(
        front.https, lambda client: tls.wrap_socket(client, server_hostname="localhost")
    )
    try:
        yield hanging
    finally:
        hanging.stop()


def page_times(ask: Callable[[], int]) -> list[float]:
    """Return the seconds of each of several pages, one after the other."""
    times = []
    for _ in range(PAGES):
        started = time.perf_counter()
        status = ask()
        if status != 200:
            raise RuntimeError(f"the home page answered {status}")
        times.append(time.perf_counter() - started)
    return times


def main() -> None:
    """Print a line for each situation."""
    if nginx() is None:
        raise SystemExit(NOTICE)
    with ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory()))
        (https,) = free_ports(1)
        port = exits.enter_context(site(folder, https))
        running = exits.enter_context(front(folder, https=https, site_port=port))
        _say("nginx, nobody else", page_times(lambda: running.ask("/").status))
        with slow_clients(running):
            _say("nginx, slow clients", page_times(lambda: running.ask("/").status))
        _say("gunicorn alone, nobody else", page_times(lambda: _straight(port, https)))
        hanging = SlowClients(port, lambda client: client)
        try:
            _say("gunicorn alone, slow clients", page_times(lambda: _straight(port, https)))
        except (OSError, RuntimeError) as error:
            print(f"{'gunicorn alone, slow clients':30}  {error}")
        finally:
            hanging.stop()


def _straight(port: int, https: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        host = {"Host": f"localhost:{https}", "X-Forwarded-Proto": "https"}
        connection.request("GET", "/", headers=host)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _say(what: str, times: list[float]) -> None:
    median, longest = statistics.median(times) * 1000, max(times) * 1000
    print(f"{what:30}  median {median:7.1f} ms   longest {longest:8.1f} ms   of {PAGES} pages")


if __name__ == "__main__":
    main()
