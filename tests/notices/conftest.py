import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send
from patrons.models import Patron
from tests.notices.sink import MailSink

SUBJECT = "【大分市民図書館】利用者登録の申請を受け付けました"
BODY = "大分市民図書館です。\n\n利用者番号（貸出券の番号）：8000028\n〜㈱髙﨑𠮷\n"
RECIPIENT = "oita@oita.co.jp"


@pytest.fixture
def sink(settings) -> Iterator[MailSink]:
    """A mail server that Django in this process sends to."""
    server = MailSink()
    settings.EMAIL_BACKEND = "notices.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 30
    server.up()
    yield server
    server.down()


@pytest.fixture
def patron(db) -> Patron:
    return Patron.objects.create(
        number="8000028",
        name="大分　太郎",
        name_key="大分太郎",
        last_name_kana="オオイタ",
        first_name_kana="タロウ",
        kana_key="オオイタタロウ",
        birth_date="20130720",
        postal_code="8700000",
        address="大分県大分市金池南１丁目５番１号",
        address_key="大分県大分市金池南1-5-1",
        phone="0970000000",
        email=RECIPIENT,
        email_key=RECIPIENT,
        contact_method="none",
        municipality_code="44201",
        registered_via="online",
    )


@pytest.fixture
def make_notice(patron: Patron) -> Callable[..., Notice]:
    """Return `make_notice(**changes)`, which sends a message to the patron."""

    def make(**changes: object) -> Notice:
        message = {
            "patron": patron,
            "kind": NoticeKind.REGISTRATION_RECEIVED,
            "subject": SUBJECT,
            "body": BODY,
            "recipient": RECIPIENT,
        }
        return send(**(message | changes))

    return make


@pytest.fixture
def start_worker(transactional_db, sink: MailSink, tmp_path: Path) -> Iterator[Callable]:
    """Return `start_worker(**environment)`: a real worker process on the test's database and mail
    server."""
    running: list[subprocess.Popen] = []

    def start(**environment: str) -> subprocess.Popen:
        log = tmp_path / f"worker-{len(running)}.log"
        database = {
            key: connection.settings_dict[key]
            for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=output,
                env=os.environ
                | {
                    "DJANGO_SETTINGS_MODULE": "tests.notices.worker_settings",
                    "WORKER_DATABASE": json.dumps(database),
                    "DEPLOYMENT": "demo",
                    "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
                    "WORKER_EMAIL_TIMEOUT": "20",
                }
                | environment,
            )
        process.log = log
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
