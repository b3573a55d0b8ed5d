"""What the worker does for the identity client on a schedule."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from myna_auth import services


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="purge_requests", retry=RetryStrategy(exponential_wait=4))
def purge_requests(timestamp: int) -> int:
    """Empty and delete requests to the identity service whose time is over, every hour."""
    return services.purge_requests()
