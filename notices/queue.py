"""Queueing jobs in the transaction of whoever asks."""

from typing import Any

from django.db import connection
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task


def defer_with_transaction(task: Task, **arguments: Any) -> None:
    """Queue a task on Django's own connection, so that the job commits with the caller's rows.

    `task.defer()` does so in a web process only: inside the worker the tasks' app is connected
    to the queue directly, and a job could start before the row it names is committed.
    """
    configure_task(
        name=task.name, queue=task.queue, job_manager=JobManager(DjangoConnector())
    ).defer(**arguments)


def forget_jobs() -> None:
    """Delete every job that waits or was running; no worker may run meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
