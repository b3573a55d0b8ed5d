"""No browser and no proxy may store a page that can hold personal data: every address is walked."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import get_resolver, reverse

from notices.enums import NoticeKind
from notices.services import send
from patrons.services import register_patron
from tests.patrons.people import applicant, residency
from tests.registration.support import CONFIRM, FORM, RESULT, entered, identify, registered
from tests.test_public_urls import PUBLIC, addresses

pytestmark = pytest.mark.django_db

# Files and words, the same for everybody.
WITHOUT_PERSONAL_DATA = {
    "/",
    "/manual/",
    "/privacy/",
    "/accessibility/",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/counter/",
    "/myna/jwks.json",
    "/health/live/",
    "/health/ready/",
    "/admin/jsi18n/",
    "/mylibrary/card/worker.js",
}
EVERYTHING = sorted(set(addresses(get_resolver().url_patterns)) - WITHOUT_PERSONAL_DATA)


def stored_by(client: Client, paths: list[str], method: str = "get") -> list[str]:
    answers = {path: getattr(client, method)(path) for path in paths}
    return [
        f"{method} {path} ({answer.status_code})"
        for path, answer in answers.items()
        if "no-store" not in answer.headers.get("Cache-Control", "")
    ]


@pytest.fixture
def patron():
    return register_patron(applicant=applicant(), residency=residency())


@pytest.fixture
def patrons_browser(patron) -> Client:
    user = get_user_model().objects.create(username="patron:1")
    patron.user = user
    patron.save()
    client = Client()
    client.force_login(user, "patrons.backends.PatronBackend")
    return client


@pytest.fixture
def staff_browser() -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser("librarian", "tall-green-lighthouse"),
        "django.contrib.auth.backends.ModelBackend",
    )
    return client


def test_what_is_left_out_exists():
    assert set(addresses(get_resolver().url_patterns)) >= WITHOUT_PERSONAL_DATA
    assert {"/admin/jsi18n/"} == WITHOUT_PERSONAL_DATA - PUBLIC


def test_a_patrons_pages_are_not_stored(patrons_browser):
    leaving = "/mylibrary/logout/"
    paths = [path for path in EVERYTHING if path != leaving]
    assert not stored_by(patrons_browser, paths)
    assert not stored_by(patrons_browser, [leaving])
    assert not stored_by(patrons_browser, [leaving], "post")


def test_the_sending_of_nobody_to_a_login_is_not_stored():
    assert not stored_by(Client(), EVERYTHING)


def test_the_registration_is_not_stored_at_any_step(client):
    steps = [path for path in EVERYTHING if path.startswith("/registration/")]
    assert not stored_by(client, steps)
    identify(client)
    assert not stored_by(client, [FORM])
    assert not stored_by(client, [FORM], "post")
    entered(client)
    assert not stored_by(client, [CONFIRM])
    client.post("/registration/cancel/")
    registered(client)
    assert not stored_by(client, [RESULT])
    for path in ("another/", "reset/", "cancel/", "finish/"):
        assert not stored_by(client, [f"/registration/{path}"], "post")


def test_staff_pages_are_not_stored(staff_browser, client, patron):
    send(
        patron=patron,
        kind=NoticeKind.SECURITY,
        subject="件名",
        body="本文",
        recipient=patron.email,
    )
    identify(client)
    paths = [path for path in EVERYTHING if path.startswith("/admin/") and "logout" not in path]
    shown = 0
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = reverse(f"{name}_changelist")
        paths.append(listed)
        if one := model_admin.get_queryset(staff_browser.get(listed).wsgi_request).first():
            shown += 1
            paths += [reverse(f"{name}_{page}", args=[one.pk]) for page in ("change", "history")]
    assert shown >= 4
    assert not stored_by(staff_browser, paths)
