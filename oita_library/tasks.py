"""Periodic upkeep of the site as a whole, run by the worker."""

from django.core.management import call_command
from procrastinate.contrib.django import app


@app.periodic(cron="20 18 * * *")
@app.task(queueing_lock="clear_expired_sessions")
def clear_expired_sessions(*, timestamp: int) -> None:
    """Delete expired sessions, every night at 3:20 Japanese time (the schedule is in UTC)."""
    call_command("clearsessions")
