"""A service that hangs: whoever waits for it, the rest of the site goes on."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection

from bench.browser import Browser
from tests.identity import IdentityService, provider_settings
from tests.platform.support import free_port
from tests.waiting import eventually

WORKERS, THREADS = 2, 4
TIMEOUT_SECONDS = 3
CALLBACKS_PER_SECOND = 8
APPLICATION = "test-of-a-service-that-hangs"
# Another program's work spoils one round or two; a fault of ours all of them. More identifications
# may not begin from one address.
MOST_ROUNDS = 3
OUTAGE_SECONDS = 5
VISITORS, PAUSE_SECONDS = 8, 0.05
KEPT = 0.8
RECOVERY_SECONDS = 30
# Whoever kept one while it asks would keep it for TIMEOUT_SECONDS.
HELD_SECONDS = TIMEOUT_SECONDS * 2 / 3
WHY_NOT = {"token_timeout", "busy", "circuit_open"}
SIGNED_IN = "金池南"
OTHER_PAGES = ["/registration/", "/health/ready/"]


@dataclass(frozen=True)
class Site:
    """Our site under gunicorn, and the service it asks; `log` is what it wrote."""

    port: int
    service: IdentityService
    log: Path

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def reasons(self) -> list[str]:
        return re.findall(r'"reason": "(\w+)"', self.log.read_text())

    def start(self, count: int) -> list[str]:
        """Start as many identifications from one browser; return their callbacks, ready to send."""
        browser = Browser()
        form = browser.get(f"{self.address}/registration/")
        url, body = browser.filled(form, "マイナンバー読込")
        callbacks = []
        for _ in range(count):
            _, location = browser.send("POST", url, body)
            state = parse_qs(urlsplit(location).query)["state"][0]
            query = urlencode({"state": state, "code": "a-code-that-nobody-reads"})
            callbacks.append(
                f"GET /myna/callback/?{query} HTTP/1.1\r\nHost: localhost\r\n"
                f"Connection: close\r\nCookie: {browser.cookie_header(url)}\r\n\r\n"
            )
        return callbacks

    def identify(self) -> str:
        """Walk through an identification; return the text of the page at its end."""
        browser = Browser()
        form = browser.get(f"{self.address}/registration/")
        consent = browser.press(form, "マイナンバー読込")
        cards = browser.press(consent, "マイナンバーカードで本人確認")
        return browser.press(cards, "この内容で本人確認を完了する", card="oita-taro").text

    def rate(self, seconds: float) -> float:
        """Return how many of the other pages VISITORS get in a second, pausing after each."""
        end = time.monotonic() + seconds

        def visit(number: int) -> int:
            seen = 0
            while time.monotonic() < end:
                page = OTHER_PAGES[(number + seen) % len(OTHER_PAGES)]
                assert Browser().send("GET", f"{self.address}{page}")[0].status == 200
                seen += 1
                time.sleep(PAUSE_SECONDS)
            return seen

        with ThreadPoolExecutor(VISITORS) as visitors:
            return sum(visitors.map(visit, range(VISITORS))) / seconds

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Stop the service's process: its kernel accepts connections, nobody answers."""
        self.service.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.service.process.send_signal(signal.SIGCONT)

    @contextmanager
    def flood(self, callbacks: Iterator[str]) -> Iterator[None]:
        """Send a callback at each beat, whether those before it were answered or not."""
        over = threading.Event()
        answers = []

        def send() -> None:
            while not over.wait(1 / CALLBACKS_PER_SECOND):
                answers.append(senders.submit(self.arrive, next(callbacks)))

        with ThreadPoolExecutor(100) as senders:
            beat = threading.Thread(target=send)
            beat.start()
            try:
                yield
            finally:
                over.set()
                beat.join()
        assert {answer.result() for answer in answers} == {"302"}

    def arrive(self, callback: str) -> str:
        """Send one callback and return the answer's status."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(callback.encode())
            return client.recv(4096).split()[1].decode()


@pytest.fixture
def site(tmp_path, client_key_file, transactional_db) -> Iterator[Site]:
    port = free_port()
    callback = f"http://localhost:{port}/myna/callback/"
    service = IdentityService.launch(client_key_file, redirect_uri=callback)
    database = connection.settings_dict
    there = {"host": database["HOST"], "port": database["PORT"], "application_name": APPLICATION}
    owner = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    listed = provider_settings(service.issuer, client_key_file) | {
        "MYNA_ID_TOKEN_ALGS": "ES256",
        "MYNA_FORM_ACTION_ORIGINS": service.issuer,
        "MYNA_TIMEOUT_SECONDS": TIMEOUT_SECONDS,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgres://{owner}@/{database['NAME']}?{urlencode(there)}",
        "PUBLIC_BASE_URL": f"http://localhost:{port}",
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "GUNICORN_WORKERS": WORKERS,
        "GUNICORN_THREADS": THREADS,
    }
    listed.pop("MYNA_CALLBACK_URL")
    log = tmp_path / "site.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=django_settings.BASE_DIR,
            env=os.environ | {name: str(value) for name, value in listed.items()},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            eventually(lambda: '"Booting worker' in log.read_text(), told=log.read_text)
            yield Site(port, service, log)
        finally:
            process.terminate()
            service.stop()


class Connections(threading.Thread):
    """Watches until it is told to stop which connections the site keeps in a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.held: list[str] = []

    def run(self) -> None:
        with connection.cursor() as cursor:
            while not self.over.wait(0.1):
                cursor.execute(
                    "SELECT query FROM pg_stat_activity WHERE application_name = %s "
                    "AND state LIKE 'idle in %%' "
                    "AND clock_timestamp() - state_change > make_interval(secs => %s)",
                    [APPLICATION, HELD_SECONDS],
                )
                self.held += [query for (query,) in cursor.fetchall()]
        connection.close()


@contextmanager
def watched() -> Iterator[Connections]:
    connections = Connections()
    connections.start()
    try:
        yield connections
    finally:
        connections.over.set()
        connections.join()


@pytest.mark.alone
def test_other_pages_keep_their_rate_while_the_service_hangs(site):
    assert SIGNED_IN in site.identify()
    callbacks = iter(site.start(2 * MOST_ROUNDS * CALLBACKS_PER_SECOND * OUTAGE_SECONDS))
    site.rate(1)
    shares = []
    while len(shares) < MOST_ROUNDS:
        before = site.rate(OUTAGE_SECONDS / 2)
        with site.flood(callbacks):
            with site.outage(), watched() as during:
                meanwhile = site.rate(OUTAGE_SECONDS)
            eventually(lambda: SIGNED_IN in site.identify(), RECOVERY_SECONDS)
        assert not during.held
        # A machine that was busy before would make the outage look better than it is.
        shares.append(meanwhile / max(before, site.rate(OUTAGE_SECONDS / 2)))
        if shares[-1] >= KEPT and set(site.reasons()) >= WHY_NOT:
            return
    raise AssertionError(f"{shares}, {set(site.reasons())}")
