"""What the worker does for loans and holds.

Arguments are ids only, because procrastinate logs them.
"""

from django.utils import timezone
from procrastinate.contrib.django import app

from circulation import rankings, telling
from circulation.local import holding
from circulation.port import Capability, library_system
from notices.tasks import PatientRetry


@app.periodic(cron="40 18 * * *")
@app.task(queueing_lock="rank_records", retry=PatientRetry())
def rank_records(timestamp: int) -> int:
    """Make ベスト貸出 and ベスト予約, every night at 3:40 in Japan (18:40 UTC)."""
    return rankings.rank_and_forget(today=timezone.localdate())


@app.periodic(cron="30 15 * * *")
@app.task(queueing_lock="expire_holds", retry=PatientRetry())
def expire_holds(timestamp: int) -> int:
    """End the holds that were not fetched in time, every night at 0:30 in Japan (15:30 UTC).

    Where a library system lends it ends its own.
    """
    return holding.expire_holds() if Capability.LEND in library_system().capabilities else 0


@app.periodic(cron="0 23,0-11 * * *")
@app.task(queueing_lock="tell_of_loans_and_holds", retry=PatientRetry())
def tell_of_loans_and_holds(timestamp: int) -> int:
    """Tell patrons of their loans and holds, every hour from 8 to 20 o'clock in Japan."""
    return telling.tell()
