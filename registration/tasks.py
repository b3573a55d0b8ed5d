"""What the worker does for registrations on a schedule."""

from procrastinate.contrib.django import app

from notices.tasks import PatientRetry
from registration import services


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="purge_expired", retry=PatientRetry())
def purge_expired(*, timestamp: int) -> dict[str, int]:
    """Close and erase applications past their time, every ten minutes."""
    return services.purge_expired()._asdict()
