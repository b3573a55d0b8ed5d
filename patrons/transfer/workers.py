"""Blocks parsed in processes beside this one, in the file's order.

Each worker has a pipe of its own, so it ends by itself when this process is gone, however that
went. No more than two blocks per worker are in memory.
"""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
            worker.send(block)
            busy.append(worker)
        while busy:
            worker = busy.pop(0)
            answer = worker.recv()
            if isinstance(answer, FileRefused):
                raise answer
            if block := next(blocks, None):
                worker.send(block)
                busy.append(worker)
            yield answer


@contextmanager
def _worker(parser: RowParser) -> Iterator[Connection]:
    # A fresh interpreter: a fork would share this process's database connection.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, parser), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(timeout=10)
        process.close()


def _work(connection: Connection, parser: RowParser) -> None:
    # Ctrl-C reaches the whole group; the importing process closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
