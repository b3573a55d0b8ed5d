"""What the site and its worker do, as a program of its own, on the database of WORKER_DATABASE.

Its connections have the role of the site.
"""

import json
import os

import django
from django.conf import settings


def main() -> None:
    """Register, log in, look, ask for a correction, send the mails, purge."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    settings.DATABASES["default"] |= json.loads(os.environ["WORKER_DATABASE"])
    django.setup()
    from django.core import mail
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment
    from procrastinate.contrib.django import app

    from audit.enums import Event
    from audit.services import record
    from mylibrary.alerts.running import look_for_arrivals
    from notices.management.commands.worker import worker_connector
    from patrons.models import Patron
    from tests.registration.support import registered

    setup_test_environment()
    client = Client()
    registered(client)
    patron = Patron.objects.get()
    # The browser that registered is known to the patron from its result on.
    assert client.get("/registration/result/").status_code == 200
    answer = client.post(
        "/mylibrary/login/", {"username": patron.number, "password": patron.birth_date}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert client.get("/mylibrary/", follow=True).status_code == 200
    assert Client().get("/health/ready/").status_code == 200
    with app.replace_connector(worker_connector()) as worker, worker.open():
        worker.run_worker(wait=False, install_signal_handlers=False)
    assert [message.to for message in mail.outbox] == [[patron.email]]
    record(next(iter(Event)), patron_id=patron.pk)
    call_command("purge_expired", verbosity=0)
    look_for_arrivals()
    connection.close()
    connection.close_pool()


if __name__ == "__main__":
    main()
