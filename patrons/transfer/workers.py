"""Blocks parsed in processes beside this one, in the file's order.

Each worker has a pipe of its own, so it ends by itself when this process is gone, however that
went. No more than two blocks per worker are in memory.
"""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection

from patrons.transfer.errors import FileRefused
from patrons.transfer.reading import Block
from patrons.transfer.rows import Parsed, RowParser

WORKERS = 2


def parsed_here(parser: RowParser, blocks: Iterator[Block]) -> Iterator[Parsed]:
    """Parse blocks in this process; raises FileRefused."""
    return map(parser.parse, blocks)


def parsed_by_workers(
    parser: RowParser, blocks: Iterator[Block], count: int = WORKERS
) -> Iterator[Parsed]:
    """Parse blocks in other processes; raises FileRefused."""
    with ExitStack() as exits:
        workers = [exits.enter_context(_worker(parser)) for _ in range(count)]
        busy = []
        for worker, block in zip(workers, blocks, strict=False):
            _send(worker, block)
            busy.append(worker)
        while busy:
            worker = busy.pop(0)
            answer = _receive(worker)
            if isinstance(answer, FileRefused):
                raise answer
            if block := next(blocks, None):
                _send(worker, block)
                busy.append(worker)
            yield answer


def _send(worker: Connection, block: Block) -> None:
    try:
        worker.send(block)
    except OSError:
        raise FileRefused("worker") from None


def _receive(worker: Connection) -> Parsed | FileRefused:
    try:
        return worker.recv()
    except (EOFError, OSError):
        raise FileRefused("worker") from None


@contextmanager
def _worker(parser: RowParser) -> Iterator[Connection]:
    # A fresh interpreter: a fork would share this process's database connection.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, parser), daemon=True)
    with _interrupts_blocked():
        process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(timeout=10)
        process.kill()
        process.join()
        process.close()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let what is started here never see Ctrl-C, which reaches the whole group."""
    # It would start with the first worker, and leave Ctrl-C unblocked for it.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, parser: RowParser) -> None:
    while True:
        try:
            block = connection.recv()
            connection.send(_answer(parser, block))
        except (EOFError, OSError):
            return


def _answer(parser: RowParser, block: Block) -> Parsed | FileRefused:
    try:
        return parser.parse(block)
    except FileRefused as refusal:
        return refusal
