"""The mail server's side of a mail: one conversation that ends in time, whatever the server does.

Import it lazily: smtplib and ssl stay out of web processes.
"""

import contextlib
import io
import smtplib
import socket
from time import monotonic
from typing import Any

from django.core.mail.backends import smtp

from outages.deadline import DeadlineReader, connect

CONNECT_SECONDS = 5.0  # for finding the host, and for each of its addresses
GOODBYE_SECONDS = 2.0  # the most a mail that was accepted waits for the goodbye
SHORTEST_SECONDS = 0.001
CHUNK = 16 * 1024  # what goes into one TLS record: each write has its own look at the clock


class _Conversation(smtplib.SMTP):
    """An SMTP conversation whose `timeout` is for all of it.

    Finding the host, connecting, TLS, and each reply, however slowly it drips: smtplib's own is for
    every single read.
    """

    deadline: float

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self.deadline = monotonic() + timeout
        return connect(host, port, deadline=self.deadline, step_seconds=CONNECT_SECONDS)

    def send(self, s: Any) -> None:
        for start in range(0, len(s), CHUNK):
            if self.sock and monotonic() >= self.deadline:
                self.close()
            self._take_time()
            super().send(s[start : start + CHUNK])

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            assert self.sock is not None
            raw = self.sock.makefile("rb", buffering=0)
            self.file = io.BufferedReader(DeadlineReader(raw, self.sock, self.deadline))
        reply = super().getreply()
        # Not an error where the time is over now: this reply may say that the mail was accepted.
        self._take_time()
        return reply

    def quit(self) -> tuple[int, bytes]:
        self.deadline = min(self.deadline, monotonic() + GOODBYE_SECONDS)
        # A reader knows the deadline that it began with; a new one for the goodbye.
        self.file = None
        return super().quit()

    def _take_time(self) -> None:
        """Let the next step (a write, or TLS) have what is left of the time."""
        if self.sock:
            self.sock.settimeout(max(self.deadline - monotonic(), SHORTEST_SECONDS))


class _TLSConversation(smtplib.SMTP_SSL, _Conversation):
    """The same, encrypted from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP backend, whose `EMAIL_TIMEOUT` is for a whole conversation."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _TLSConversation if self.use_ssl else _Conversation

    def _close_connection(self, connection: Any) -> None:
        # What was accepted stays accepted, whatever happens to the goodbye.
        with contextlib.suppress(OSError):
            connection.quit()
        connection.close()
