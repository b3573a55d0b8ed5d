"""What the worker does for registrations on a schedule."""

from procrastinate.contrib.django import app

from notices.tasks import PatientRetry
from registration import retention
from registration.review import reminders


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="purge_expired", retry=PatientRetry())
def purge_expired(timestamp: int) -> dict[str, int]:
    """Close and erase applications past their time, every ten minutes."""
    return retention.purge_expired()._asdict()


@app.periodic(cron="0 23 * * *")
@app.task(queueing_lock="warn_staff", retry=PatientRetry())
def warn_staff(timestamp: int) -> dict[str, int]:
    """Tell staff of cases that have waited long or end soon, at 8 o'clock in Japan (23:00 UTC)."""
    return reminders.warn_staff()._asdict()


@app.periodic(cron="0 23 * * *")
@app.task(queueing_lock="tell_applicants", retry=PatientRetry())
def tell_applicants(timestamp: int) -> int:
    """Tell, at the same time, applicants whose answer was due the day before."""
    return reminders.tell_applicants()
