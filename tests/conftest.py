"""The strict harness: real PostgreSQL, loopback sockets only, a real browser, no silent skips.

The fixtures of `tests.identity` are here for all, so that there is one identity service a process.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.test import TransactionTestCase
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from pytest_socket import socket_allow_hosts

from bench import front
from oita_library import translations
from outages.database import patience
from tests import browser as chromium
from tests import databases, in_flight, knowledge, static, turns
from tests.identity import (  # noqa: F401
    client_key_file,
    identity_provider,
    identity_service,
    live_identity,
    site,
)
from tests.peer import notice as peer
from tests.waiting import PATIENCE

LOOPBACK = ["127.0.0.1", "::1"]
DATABASE_FIXTURES = {"db", "transactional_db"}
CSP_VIOLATION = "Content Security Policy"
HAND_WRITTEN_SQL = ("tests/audit/", "tests/patrons/")
# What every database has from its migrations, and what is laid down after them.
ROLES = {"auth_group", "auth_group_permissions"}
KEPT = {"django_migrations", "django_content_type", "auth_permission"} | ROLES
# The tables that tests fill with thousands of rows.
FILLED = (
    "audit_record",
    "circulation_hold",
    "circulation_loan",
    "notices_notice",
    "patrons_patron",
)

# A busy machine is slow, and is no fault; what a fixture makes, each example finds as it is.
hypothesis.settings.register_profile(
    "busy",
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("busy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--one-row",
        action="store_true",
        help="of a test with many rows only the first, but for tests of SQL written by hand",
    )
    parser.addoption(
        "--write-guide",
        action="store_true",
        help="take the pictures of the staff's guide anew (`make guide`)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # A page of a busy machine is waited for here; what hangs, processes of their own are asked.
    patience.WAIT_SECONDS = PATIENCE
    # xdist's workers inherit the environment, and with it the run they belong to.
    if not hasattr(config, "workerinput"):
        os.environ[databases.RUN] = uuid.uuid4().hex[:12]
        translations.compile_all()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> turns.Scheduler:
    # Not by their size: they have an order.
    config.option.loadscopereorder = False
    return turns.Scheduler(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    if config.getoption("one_row"):
        _keep_one_row(config, items)
    missing = chromium.chromium() is None and not chromium.is_required()
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        # What every fixture of a browser asks for. Tests have parameters named `page`.
        if "browser" in fixtures:
            item.add_marker("browser")
        if fixtures & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker("database")
        if missing and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=chromium.NOTICE))
    yield
    turns.in_order(items)


def _keep_one_row(config: pytest.Config, items: list[pytest.Item]) -> None:
    first: dict[str, pytest.Item] = {}
    for item in items:
        by_hand = item.nodeid.startswith(HAND_WRITTEN_SQL)
        first.setdefault(item.nodeid if by_hand else item.nodeid.partition("[")[0], item)
    kept = set(first.values())
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = first.values()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with turns.turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


def pytest_runtest_setup(item: pytest.Item) -> None:
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if report.skipped and chromium.is_required() and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"a browser test must not be skipped here: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for notice in (chromium.NOTICE, front.NOTICE, peer.NOTICE):
        count = sum(notice in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.section("NOTICE", yellow=True)
            terminalreporter.line(f"{count} tests. {notice}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_blocker) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(databases.server())
            if worker:
                databases.use_template(worker)
            else:
                connection.settings_dict["TEST"]["NAME"] = databases.name_of("main")
        # Not unblocked: a test that forgets to ask for the database must not write to it.
        yield
        stack.enter_context(django_db_blocker.unblock())
        if worker:
            databases.drop_databases(databases.name_of(worker))
            _drop_template_when_last(worker)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Empty the tables after a test that commits faster than Django does.

    Django truncates each and writes permissions and content types anew; here rows are deleted, with
    no trigger asked, and those stay. Also procrastinate's, whose models are unmanaged. At the end,
    end what a killed program left behind: the database could not be dropped.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    deletions = "".join(f'DELETE FROM "{name}";' for name in sorted(set(names) - KEPT))
    statement = (
        "DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true);"
        f" {deletions} END $$"
    )

    def empty(test: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield
    # The one this thread holds may be among those that a test has ended.
    connection.close()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _drop_template_when_last(worker: str) -> None:
    run = databases.name_of("").replace("_", r"\_")
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE %s", [run + "gw%"])
        others = cursor.fetchone()[0]
    if not others:
        databases.drop_databases(run + "%")


@pytest.fixture(autouse=True)
def _nothing_stays_known() -> Iterator[None]:
    yield
    knowledge.forget()


@pytest.fixture
def fresh_indexes(db: None) -> None:
    """Let no plan depend on earlier tests: what they rolled back still fills pages of indexes."""
    with connection.cursor() as cursor:
        for table in FILLED:
            cursor.execute(f"REINDEX TABLE {table}")


@pytest.fixture(scope="session")
def live_server(live_server: LiveServer) -> LiveServer:
    """pytest-django's, which sends static files as an installation does."""
    server = live_server.thread.httpd
    server.set_app(in_flight.counted(static.as_collected(server.get_app())))
    return live_server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium per worker."""
    path = chromium.quickest()
    if path is None:
        pytest.fail(chromium.NOTICE)
    # Playwright's synchronous interface leaves a running event loop in this thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=chromium.CHROMIUM_FLAGS, headless=True
        )
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return `open_page(width=1280, **context options)`: a page in a browser session of its own.

    An uncaught script error or a Content Security Policy violation on any of the pages fails the
    test.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def make(width: int = 1280, **options: object) -> Page:
        size = {"width": width, "height": chromium.HEIGHTS.get(width, 800)}
        settings = {"viewport": size, "locale": "ja-JP", "timezone_id": "Asia/Tokyo"}
        context = browser.new_context(**(settings | options))
        context.set_default_timeout(30_000)
        contexts.append(context)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.on("console", lambda line: _note_violation(line.text, problems))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    in_flight.wait_for_answers()
    assert not problems, problems


def _note_violation(text: str, problems: list[str]) -> None:
    if CSP_VIOLATION in text:
        problems.append(text)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page 1280 pixels wide in a browser session of its own."""
    return open_page()


@pytest.fixture(params=chromium.ENDS, ids=lambda width: f"{width}px")
def page_at_width(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    """The same test on the widest window and the narrowest.

    `assert_no_sideways_scroll` looks at the widths between, and a test that is about the width
    names all of `tests.browser.WIDTHS`.
    """
    return open_page(request.param)
