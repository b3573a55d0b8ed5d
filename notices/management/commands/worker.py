"""Run the worker: mails and periodic upkeep."""

import asyncio
import contextlib
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from audit.services import run_as_worker
from outages.database.base import WORKER, use_limits

logger = logging.getLogger(__name__)

# How many jobs of each queue run at once. A mail server that hangs holds up mails alone.
SLOTS = {"mail": 4, "default": 2}
OPTIONS: dict[str, Any] = {"fetch_job_polling_interval": 1.0, "install_signal_handlers": False}
SECONDS_BEFORE_RECONNECTING = 2
LOOK_EVERY_SECONDS = 10
NOTICEABLE_SECONDS = 60


class Command(BaseCommand):
    """Fetch and run jobs until SIGTERM or SIGINT; wait for a database that is away."""

    help = "Run the worker: sends mail and does the periodic upkeep, until SIGTERM or Ctrl-C."

    def handle(self, **options: Any) -> None:
        """Run until told to stop; a job being run is finished first (at most EMAIL_TIMEOUT)."""
        run_as_worker()
        use_limits(WORKER)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(work())


async def work() -> None:
    """Run procrastinate's workers again and again, until a signal asks to stop."""
    stop = asyncio.Event()
    # Jobs are functions that block: a slot is a thread.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(sum(SLOTS.values())))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        worker = asyncio.create_task(_work_once())
        gone_back = asyncio.create_task(has_gone_back())
        await asyncio.wait({worker, stopping, gone_back}, return_when=asyncio.FIRST_COMPLETED)
        begins_anew = gone_back.done()
        gone_back.cancel()
        worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            if not begins_anew:
                return
            logger.warning("The clock has gone back: the worker plans anew")
        except (ConnectorException, OperationalError, PoolTimeout):
            logger.warning("The worker lost the database and tries again")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SECONDS_BEFORE_RECONNECTING)


async def _work_once() -> None:
    with app.replace_connector(worker_connector()) as worker_app:
        async with worker_app.open_async():
            workers = [
                asyncio.create_task(
                    worker_app.run_worker_async(
                        name=queue, queues=[queue], concurrency=slots, **OPTIONS
                    )
                )
                for queue, slots in SLOTS.items()
            ]
            try:
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # One ends alone where it lost the database: then both begin anew.
                for worker in workers:
                    worker.cancel()
                ends = await asyncio.gather(*workers, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end


async def has_gone_back() -> None:
    """Return once this machine's clock has gone back: procrastinate waits for it to catch up."""
    ahead = time() - monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        before, ahead = ahead, time() - monotonic()
        if before - ahead > NOTICEABLE_SECONDS:
            return


def worker_connector() -> PsycopgConnector:
    """Return the queue's own connections: past PgBouncer, whose transaction mode loses LISTEN."""
    # Each queue's worker keeps one to listen.
    pool: dict[str, Any] = {"min_size": 1, "max_size": len(SLOTS) + 2}
    if settings.DATABASE_DIRECT_URL:
        return PsycopgConnector(conninfo=settings.DATABASE_DIRECT_URL, **pool)
    return PsycopgConnector(kwargs=connector_params(), **pool)
