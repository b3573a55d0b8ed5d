from datetime import date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time().replace(hour=12)))


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    user = User.objects.create_superuser("librarian")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client
