"""Run the worker: mails and periodic upkeep."""

import asyncio
import contextlib
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from audit.context import run_as_worker
from outages.database import limits

logger = logging.getLogger(__name__)

OPTIONS = {
    "concurrency": 2,
    "fetch_job_polling_interval": 1.0,
    "install_signal_handlers": False,
}
SECONDS_BEFORE_RECONNECTING = 2


class Command(BaseCommand):
    """Fetch and run jobs until SIGTERM or SIGINT; wait for a database that is away."""

    help = "Run the worker: sends mail and does the periodic upkeep, until SIGTERM or Ctrl-C."

    def handle(self, **options: Any) -> None:
        """Run until told to stop; a job being run is finished first (at most EMAIL_TIMEOUT)."""
        run_as_worker()
        limits.use(limits.WORKER)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(work())


async def work() -> None:
    """Run procrastinate's worker again and again, until a signal asks to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        worker = asyncio.create_task(_work_once())
        await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            return
        except (ConnectorException, OperationalError, PoolTimeout):
            logger.warning("The worker lost the database and tries again")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SECONDS_BEFORE_RECONNECTING)


async def _work_once() -> None:
    with app.replace_connector(worker_connector()) as worker_app:
        async with worker_app.open_async():
            await worker_app.run_worker_async(**OPTIONS)


def worker_connector() -> PsycopgConnector:
    """Return the queue's own connections: past PgBouncer, whose transaction mode loses LISTEN."""
    pool = {"min_size": 1, "max_size": 3}
    if settings.DATABASE_DIRECT_URL:
        return PsycopgConnector(conninfo=settings.DATABASE_DIRECT_URL, **pool)
    return PsycopgConnector(kwargs=connector_params(), **pool)
