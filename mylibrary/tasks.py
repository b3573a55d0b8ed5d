"""What the worker does for My Library.

Arguments are ids only, because procrastinate logs them.
"""

from procrastinate.contrib.django import app

from mylibrary.alerts import running
from mylibrary.requests.services import tell_answers
from mylibrary.reset.services import answer
from mylibrary.retention import purge_expired
from mylibrary.signin import services as signin_services
from notices.tasks import PatientRetry


@app.task(retry=PatientRetry())
def answer_reset_request(*, request_id: str) -> None:
    """Mail the link to a new password, if what was typed fits a patron (`reset.asking`)."""
    answer(request_id=request_id)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="delete_expired_of_mylibrary", retry=PatientRetry())
def delete_expired(timestamp: int) -> dict[str, int]:
    """Delete what is past its time: offers, confirmations, requests for a password."""
    return purge_expired()


@app.periodic(cron="0 1 * * *")
@app.task(queueing_lock="remind_of_first_login", retry=PatientRetry())
def remind_of_first_login(timestamp: int) -> int:
    """Remind patrons whose first login ends soon, at 10 o'clock in Japan (01:00 UTC)."""
    return signin_services.remind_of_first_login()


@app.periodic(cron="0 0-11 * * *")
@app.task(queueing_lock="tell_answers_to_requests", retry=PatientRetry())
def tell_answers_to_requests(timestamp: int) -> int:
    """Tell patrons what came of their wishes until yesterday, from 9 to 20 o'clock in Japan.

    At 9; later what could not be told then.
    """
    return tell_answers()


@app.periodic(cron="0 23 * * *")
@app.task(queueing_lock="tell_of_new_arrivals", retry=PatientRetry())
def tell_of_new_arrivals(timestamp: int) -> dict[str, int]:
    """Tell patrons what arrived for their alerts, at 8 o'clock in Japan (23:00 UTC)."""
    return {"records": running.look_for_arrivals(), "patrons": running.tell_of_arrivals()}
