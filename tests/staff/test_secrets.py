"""Who may view every page of the admin learns no secret by it, and cannot search for one."""

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import Session, User
from patrons.models import IdentityLink
from tests.staff.pages import EVERY, LISTS, address_of, list_of

pytestmark = pytest.mark.django_db
CARD = "the-subject-of-a-card"


@pytest.fixture
def secrets(rows, viewer) -> list[str]:
    """The ends of what stands in the database and no page shows: a part is no less secret."""
    IdentityLink.objects.update(subject=CARD)
    viewer.get("/admin/")
    stored = [
        CARD,
        *User.objects.exclude(password="").values_list("password", flat=True),
        *Session.objects.values_list("session_key", flat=True),
    ]
    return [each[-8:] for each in stored]


def pages_of(page: admin.ModelAdmin, client: Client) -> list[str]:
    row = page.get_queryset(client.get(list_of(page)).wsgi_request).first()
    assert row is not None, page
    return [list_of(page), address_of(row), address_of(row, "history")]


def test_no_secret_is_shown(viewer, secrets):
    for page in EVERY:
        for address in pages_of(page, viewer):
            shown = viewer.get(address).content.decode()
            assert [secret for secret in secrets if secret in shown] == [], address


def test_no_secret_is_found(viewer, secrets):
    for page in LISTS:
        found = {
            viewer.get(list_of(page), {"q": term}).context["cl"].result_count
            for term in ("zzzzzzzz", *secrets)
        }
        assert len(found) == 1, page
