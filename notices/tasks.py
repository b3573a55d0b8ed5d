"""Jobs of the worker: sending mail, and keeping the queue itself in order.

Arguments are ids only, because procrastinate logs them.
"""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task

from notices import retention
from notices.models import Notice

FIRST_RETRY_SECONDS = 10
LONGEST_RETRY_SECONDS = 30 * 60
LOST_AFTER = timedelta(hours=1)
FINISHED_JOBS_KEPT_HOURS = 24
# Longer than a task of ours waits for its next try.
LONGEST_WAIT: Any = timedelta(hours=1)
# What a clock that was ahead, and is right again, has planned for the queue.
PLANNED_AHEAD = (
    "UPDATE procrastinate_jobs SET scheduled_at = now()"
    " WHERE status = 'todo' AND scheduled_at > now() + %s",
    # Else a worker that was killed meanwhile counts as alive, and its jobs as being done.
    "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE last_heartbeat > now() + %s",
    # Else the periodic task of that moment does not run when it comes.
    "DELETE FROM procrastinate_periodic_defers WHERE to_timestamp(defer_timestamp) > now() + %s",
)


class PatientRetry(BaseRetryStrategy):
    """Try again for as long as it takes: after 10 s, 20 s, 40 s … and then every 30 minutes."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        seconds = min(FIRST_RETRY_SECONDS * 2 ** min(job.attempts, 20), LONGEST_RETRY_SECONDS)
        return RetryDecision(retry_in={"seconds": seconds})


def defer_with_transaction(task: Task, *jobs: dict[str, Any]) -> None:
    """Queue jobs of a task on Django's own connection, so that they commit with the caller's rows.

    `task.defer()` does so in a web process only: inside the worker the tasks' app is connected
    to the queue directly, and a job could start before the row it names is committed.
    """
    configure_task(
        name=task.name, queue=task.queue, job_manager=JobManager(DjangoConnector())
    ).batch_defer(*jobs)


@app.task(queue="mail", retry=PatientRetry())
def send_mail(*, notice_id: int) -> None:
    """Send the mail of one message; does nothing when it is sent or given up."""
    from notices.delivery import deliver  # keeps smtplib and ssl out of the web processes

    deliver(notice_id=notice_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Queue again the jobs of workers that died: their heartbeat stopped 30 seconds ago."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except ConnectorException:
            # Another worker's run of this task was first.
            continue


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="bring_back_postponed")
def bring_back_postponed(timestamp: int) -> int:
    """Let nothing in the queue wait for what a clock ahead has planned; return how much did."""
    count = 0
    with connection.cursor() as cursor:
        for statement in PLANNED_AHEAD:
            cursor.execute(statement, [LONGEST_WAIT])
            count += cursor.rowcount
    return count


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="queue_lost_mails")
def queue_lost_mails(timestamp: int) -> None:
    """Queue mails that no job knows of, as after a restored backup or an undone release."""
    lost = Notice.objects.without_job(
        task_name=send_mail.name, created_before=timezone.now() - LOST_AFTER
    )
    for notice_id in lost.values_list("pk", flat=True):
        defer_with_transaction(send_mail, {"notice_id": notice_id})


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="delete_finished_jobs", pass_context=True)
async def delete_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that ended more than a day ago; the messages' rows keep what matters."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=FINISHED_JOBS_KEPT_HOURS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="delete_old_mails", retry=PatientRetry())
def delete_old_mails(timestamp: int) -> int:
    """Delete the mails to people who are no patrons when they have been kept long enough."""
    return retention.delete_old_mails()
