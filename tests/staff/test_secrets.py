"""Who may view every page of the admin learns no secret by it, and cannot search for one."""

import pytest
from django.test import Client

from accounts.models import Session, User
from patrons.models import IdentityLink
from tests.staff.pages import EVERY, address_of, each_page, list_of

pytestmark = pytest.mark.django_db
CARD = "the-subject-of-a-card"


@pytest.fixture
def secrets(rows, viewer) -> list[str]:
    """Whatever stands in the database and no page shows."""
    User.objects.create_user("patron:9", "tall-green-lighthouse")
    IdentityLink.objects.update(subject=CARD)
    viewer.get("/admin/")
    hashes = [stored.split("$")[-1] for stored in User.objects.values_list("password", flat=True)]
    keys = Session.objects.values_list("session_key", flat=True)
    return [CARD, *filter(None, hashes), *keys]


def pages_of(page, client: Client) -> list[str]:
    row = page.get_queryset(client.get(list_of(page)).wsgi_request).first()
    return [list_of(page), address_of(row), address_of(row, "history")]


@each_page
def test_no_secret_is_shown(page, viewer, secrets):
    shown = [viewer.get(address).content.decode() for address in pages_of(page, viewer)]
    # Parts of them are no less secret: a hash shown in part can be tried against.
    pieces = {secret[-8:] for secret in secrets}
    assert [piece for piece in pieces if any(piece in text for text in shown)] == []


@each_page
def test_no_secret_is_found(page, viewer, secrets):
    nothing = viewer.get(list_of(page), {"q": "zzzzzzzz"}).context["cl"].result_count
    for secret in secrets:
        found = viewer.get(list_of(page), {"q": secret[-8:]}).context["cl"].result_count
        assert found == nothing


def test_every_page_has_a_row_to_look_at(viewer, rows):
    assert len(EVERY) >= 8
    for page in EVERY:
        assert page.get_queryset(viewer.get(list_of(page)).wsgi_request).exists(), page
