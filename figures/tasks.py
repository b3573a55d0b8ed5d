"""What the worker does for the statistics on a schedule."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from figures.models import Count
from figures.services import count_until


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="count_figures", lock="count_figures")
def count_figures(timestamp: int) -> None:
    """Count the day that is over, at 0:40 in Japan, or an hour later where that was missed."""
    if Count.objects.last_day() != timezone.localdate() - timedelta(days=1):
        count_until()
