"""What the worker does for My Library on a schedule."""

from procrastinate.contrib.django import app

from mylibrary.link_services import purge_offers
from notices.tasks import PatientRetry


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="delete_expired_offers", retry=PatientRetry())
def delete_expired_offers(*, timestamp: int) -> int:
    """Delete the offers to link a card whose time is over, every ten minutes."""
    return purge_offers()
