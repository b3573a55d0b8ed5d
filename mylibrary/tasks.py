"""What the worker does for My Library on a schedule."""

from procrastinate.contrib.django import app

from mylibrary import reminder_services
from mylibrary.link_services import purge_offers
from notices.tasks import PatientRetry


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="delete_expired_offers", retry=PatientRetry())
def delete_expired_offers(*, timestamp: int) -> int:
    """Delete the offers to link a card whose time is over, every ten minutes."""
    return purge_offers()


@app.periodic(cron="0 1 * * *")
@app.task(queueing_lock="remind_of_first_login", retry=PatientRetry())
def remind_of_first_login(*, timestamp: int) -> int:
    """Remind patrons whose first login ends soon, at 10 o'clock in Japan (01:00 UTC)."""
    return reminder_services.remind_of_first_login()
