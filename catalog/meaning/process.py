"""The embedding process: one model, asked through a Unix socket, and busy with what waits.

A client sends a question in UTF-8 and ends its side; it is answered with a vector as pgvector reads
it, with `BUSY`, or, where it sent nothing, with `READY`. Questions go before what waits, so one
waits for one phrase at most. Nothing that is asked is kept or logged.
"""

import contextlib
import fcntl
import logging
import os
import socketserver
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from queue import PriorityQueue
from time import monotonic

from django.db import DatabaseError, InterfaceError, connection

from catalog.meaning import client, table
from catalog.meaning.client import BUSY, DEADLINE_SECONDS, LARGEST, READY
from catalog.meaning.embedding import Embedder, Vector, written
from catalog.meaning.keeping import Keeper

logger = logging.getLogger(__name__)

# More questions than that could not be answered in time anyway.
MOST_WAITING = 8
QUESTION, PHRASE = 0, 1
# The look at what waits takes a twentieth of the time at most.
SHORTEST_PAUSE, PAUSE_FACTOR = 1.0, 20
SECONDS_BEFORE_TRYING_AGAIN = 5.0
LOST = (DatabaseError, InterfaceError)


class AlreadyRunning(Exception):
    """Another embedding process has the socket."""


class Model:
    """A model in a thread of its own: it does one text after the other, questions first."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._jobs: PriorityQueue[tuple[int, int, str, Future[Vector]]] = PriorityQueue()
        self._numbers = count()
        threading.Thread(target=self._work, daemon=True).start()

    def query(self, question: str) -> Vector | None:
        """Return a question's vector; None where too many wait. Raises TimeoutError."""
        if not self._places.acquire(blocking=False):
            return None
        answer = self._put(QUESTION, question)
        answer.add_done_callback(lambda _: self._places.release())
        try:
            return answer.result(DEADLINE_SECONDS)
        except TimeoutError:
            answer.cancel()
            raise

    def passage(self, text: str) -> Vector:
        """Return the vector of a text that may be found, when no question waits."""
        return self._put(PHRASE, text).result()

    def _put(self, urgency: int, text: str) -> Future[Vector]:
        answer: Future[Vector] = Future()
        self._jobs.put((urgency, next(self._numbers), text, answer))
        return answer

    def _work(self) -> None:
        while True:
            urgency, _, text, answer = self._jobs.get()
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                is_question = urgency == QUESTION
                embedder = self._embedder
                made = embedder.query(text) if is_question else embedder.passages([text])[0]
            except Exception as error:
                answer.set_exception(error)
            else:
                answer.set_result(made)


class _Handler(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        self.request.settimeout(DEADLINE_SECONDS)
        # Nobody waits for this answer any more, or never has.
        with contextlib.suppress(OSError):
            if (asked := client.received(self.request, LARGEST)) is not None:
                self.request.sendall(self._answer(asked))

    def _answer(self, asked: bytes) -> bytes:
        if not asked:
            return READY
        vector = self.server.model.query(asked.decode(errors="replace"))
        return BUSY if vector is None else written(vector).encode()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, model: Model) -> None:
        self.model = model
        super().__init__(str(path), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        logger.exception("A question could not be embedded")


@contextlib.contextmanager
def answering(path: Path, model: Model) -> Iterator[None]:
    """Answer questions at a socket; one process has it. Raises AlreadyRunning, OSError."""
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        # Left by a process that was killed.
        path.unlink(missing_ok=True)
        former = os.umask(0o177)
        try:
            server = _Server(path, model)
        finally:
            os.umask(former)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            path.unlink(missing_ok=True)


def keep_up_until(stop: threading.Event, model: Model) -> None:
    """Embed what waits, again and again; return when told to stop, or where the table is gone."""
    keeper = Keeper(model.passage)
    while not stop.is_set():
        began = monotonic()
        try:
            if table.missing():
                return
            done = 0
            for stored in keeper.keep_up():
                done += stored
                if stop.is_set():
                    return
            if done:
                logger.info("embedded", extra={"event": "embedded", "records": done})
            pause = max(SHORTEST_PAUSE, PAUSE_FACTOR * (monotonic() - began) if not done else 0)
        except LOST:
            logger.warning("The embedding process lost the database and tries again")
            pause = SECONDS_BEFORE_TRYING_AGAIN
        connection.close()
        stop.wait(pause)


def wait_for_table(stop: threading.Event) -> None:
    """Return once vectors can be stored, or when told to stop; say once what keeps them."""
    said = None
    while not stop.is_set():
        try:
            why = table.missing()
        except LOST:
            why = "The database cannot be reached."
        if not why:
            return
        if why != said:
            logger.warning(why)
        said = why
        connection.close()
        stop.wait(SECONDS_BEFORE_TRYING_AGAIN)
