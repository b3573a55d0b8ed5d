"""Every page of the admin in axe-core, which fits 1280 and 768 pixels without scrolling.

A page is asked for without a server, and the browser is shown the answer: also what follows a form
that was sent. Axe-core looks at one page at the one width, at the next at the other: what pages
share is looked at at both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.http import HttpResponse
from django.test import Client
from django.test.testcases import QuietWSGIRequestHandler
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from news.models import News
from patrons.models import Patron
from staff.decision_pages import DecisionPages
from staff.roles import NAMES
from tests import static
from tests.accessibility.axe import assert_accessible, assert_no_sideways_scroll
from tests.fuzz.pages import forms_of
from tests.staff.pages import EVERY, address_of
from tests.staff.test_roles import addresses, client_of, row_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"
PARTS = 4
WIDTHS = (1280, 768)
Answers = Iterator[tuple[str, Callable[[], HttpResponse]]]


def asked_for(chief: Client) -> Answers:
    """Yield every page that opens, and each list of an app."""
    for name, address in sorted(set(addresses())):
        yield name, partial(chief.get, address)
    for app in sorted({page.opts.app_label for page in EVERY}):
        yield f"{app}_app_list", partial(chief.get, reverse("admin:app_list", args=[app]))
    yield "login", partial(Client().get, "/admin/login/")


def sent(chief: Client) -> Answers:
    """Yield what follows a form: errors, refusals, what asks once more."""
    for page in EVERY:
        opts = page.opts
        if isinstance(page, DecisionPages):
            address = address_of(row_of(page))
            yield opts.label, partial(chief.post, address, {})
            yield from _decided(chief, address)
        elif opts.label_lower not in ("catalog.record", "patrons.patron"):
            add = reverse(f"admin:{opts.app_label}_{opts.model_name}_add")
            yield f"{opts.label} without anything", partial(chief.post, add, {})
    news, patron = News.objects.all()[0], Patron.objects.order_by("pk")[0]
    role, chosen = Group.objects.get(name=NAMES[0]), {"_selected_action": news.pk}
    typed = {"title": "ほかの題名", "text": "本文"}
    yield "stale", partial(chief.post, address_of(news), typed)
    yield "stale deletion", partial(chief.post, address_of(news, "delete"), {"post": "yes"})
    yield "gone", partial(chief.post, "/admin/news/news/0/change/", typed)
    many = chosen | {"action": "delete_selected", "index": "0"}
    yield "many to delete", partial(chief.post, "/admin/news/news/", many)
    yield "refused", partial(chief.post, address_of(role, "delete"), {"post": "yes"})
    yield "impossible", partial(chief.post, address_of(news), {"_saveasnew": "1"})
    yield "no password", partial(chief.post, "/admin/password_change/", {})
    yield "wrong login", partial(Client().post, "/admin/login/", {"username": "x", "password": "y"})
    reader = client_of("V")
    yield "masked list", partial(reader.get, "/admin/patrons/patron/")
    yield "masked patron", partial(reader.get, address_of(patron))
    yield "no reason", partial(reader.post, address_of(patron, "reveal"), {})
    leaving = Client()
    leaving.force_login(User.objects.get(username="chief"), BACKEND)
    yield "logged out", partial(leaving.post, "/admin/logout/")


def _decided(chief: Client, address: str) -> Answers:
    page = chief.get(address).content.decode()
    for form in forms_of(page, address):
        if form.method == "POST" and form.action == address:
            for number, fields in enumerate(form.filled()):
                answer = partial(chief.post, address, dict(fields) | {"note": "確かめました。"})
                yield f"{address} decided {number}", answer


@pytest.fixture
def chief(rows) -> Client:
    """The browser of a superuser."""
    browser = Client()
    user = User.objects.create_superuser("chief", name="管理　花子")
    browser.force_login(user, BACKEND)
    return browser


@pytest.fixture
def show(open_page, chief) -> Iterator[Callable[[HttpResponse], Page]]:
    """Return `show(response)`: the page of an answer in a browser."""
    # The admin's style sheets make axe-core write inline styles, which the policy refuses.
    page = open_page(WIDTHS[0], bypass_csp=True)
    catalog = reverse("admin:jsi18n")
    answers = {catalog: chief.get(catalog)}
    with served(answers) as address:

        def shown(response: HttpResponse) -> Page:
            answers["/shown/"] = response
            page.set_viewport_size({"width": WIDTHS[0], "height": 800})
            page.goto(f"{address}/shown/")
            return page

        yield shown


@contextmanager
def served(answers: dict[str, HttpResponse]) -> Iterator[str]:
    """Yield the address of a server of answers by path, and of static files.

    It asks no database: it runs beside the test, outside its transaction.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        answer = answers.get(environ["PATH_INFO"])
        if answer is None:
            # A picture that staff have chosen: the rows have none.
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return []
        start_response("200 OK", [("Content-Type", answer["Content-Type"])])
        return [answer.content]

    with ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler) as server:
        server.set_app(static.as_collected(StaticFilesHandler(application)))
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def is_page(response: HttpResponse) -> bool:
    """Return whether an answer is a page of the admin, not of the site: those have their tests."""
    is_html = response["Content-Type"].startswith("text/html")
    return is_html and (response.status_code == 200 or b'id="user-tools"' in response.content)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible_and_fits(part, chief, show):
    problems = []
    widths = cycle(WIDTHS)
    for name, ask in [*asked_for(chief), *sent(chief)][part::PARTS]:
        response = ask()
        if not is_page(response):
            continue
        page = show(response)
        looks = [(assert_no_sideways_scroll, width) for width in WIDTHS]
        for look, width in (*looks, (assert_accessible, next(widths))):
            page.set_viewport_size({"width": width, "height": 800})
            try:
                look(page)
            except AssertionError as error:
                problems.append(f"{name} ({response.status_code}) at {width} px: {error}")
    assert not problems, "\n\n".join(problems)
