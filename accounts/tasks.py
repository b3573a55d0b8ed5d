"""The worker's cleaning of sessions and login limits."""

from procrastinate.contrib.django import app

from accounts.buckets import delete_empty_buckets
from accounts.sessions import SessionStore


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="delete_ended_logins")
def delete_ended_logins(timestamp: int) -> None:
    """Delete expired sessions, logins past a time-out, and login limits that limit nothing."""
    SessionStore.clear_expired()
    delete_empty_buckets()
