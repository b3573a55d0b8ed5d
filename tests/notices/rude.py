"""A real server that a mail program connects to, and that behaves as badly as a test wants."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from itertools import cycle
from typing import BinaryIO

GREETING = b"220 rude.example ESMTP\r\n"
PATIENCE_SECONDS = 60

Behaviour = Callable[[socket.socket], None]


class RudeServer:
    """Listens on 127.0.0.1 and treats every connection alike.

    `now_open` counts connections that hang at the moment; `cut_by_client` those that the mail
    program ended while the server was still going on.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.now_open = self.cut_by_client = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop to listen; connections end with their clients."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.now_open += 1
        cut = False
        with connection:
            connection.settimeout(PATIENCE_SECONDS)
            try:
                self._behaviour(connection)
            except TimeoutError:
                pass
            except OSError:
                cut = True
        with self._lock:
            self.now_open -= 1
            self.cut_by_client += cut


def silent(connection: socket.socket) -> None:
    """Say nothing."""
    _wait_for_the_end(connection)


def dripping(connection: socket.socket) -> None:
    """Greet for ever, a byte at a time."""
    _drip(connection, b"220-rude.example\r\n")


def silent_or_dripping(connection: socket.socket) -> None:
    """One or the other, as the client's port falls."""
    behaviour = dripping if connection.getpeername()[1] % 4 else silent
    behaviour(connection)


def dripping_at_the_end(connection: socket.socket) -> None:
    """Take the mail as a server should, and drip the last answer."""
    connection.sendall(GREETING)
    lines = connection.makefile("rb")
    for answer in (b"250 rude.example", b"250 OK", b"250 OK", b"354 Go on"):
        _read_line(lines)
        connection.sendall(answer + b"\r\n")
    while _read_line(lines) != b".\r\n":
        pass
    _drip(connection, b"250-still looking\r\n")


def silent_before_tls(connection: socket.socket) -> None:
    """Offer STARTTLS, and never shake hands."""
    connection.sendall(GREETING)
    lines = connection.makefile("rb")
    _read_line(lines)
    connection.sendall(b"250-rude.example\r\n250 STARTTLS\r\n")
    _read_line(lines)
    connection.sendall(b"220 Go on\r\n")
    _wait_for_the_end(connection)


def _read_line(lines: BinaryIO) -> bytes:
    """Return what the mail program says next; raises ConnectionResetError where it has gone."""
    line = lines.readline()
    if not line:
        raise ConnectionResetError
    return line


def _drip(connection: socket.socket, line: bytes) -> None:
    began = time.monotonic()
    for byte in cycle(line):
        if time.monotonic() - began > PATIENCE_SECONDS:
            return
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def _wait_for_the_end(connection: socket.socket) -> None:
    while connection.recv(1024):
        pass
    raise ConnectionResetError
