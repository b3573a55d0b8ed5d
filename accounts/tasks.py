"""The worker's cleaning of sessions and login limits."""

from procrastinate.contrib.django import app

from accounts.sessions import SessionStore
from accounts.throttle import delete_empty_buckets


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="delete_ended_logins")
def delete_ended_logins(*, timestamp: int) -> None:
    """Delete expired sessions, logins past a time-out, and login limits that limit nothing."""
    SessionStore.clear_expired()
    delete_empty_buckets()
