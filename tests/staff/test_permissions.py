"""What staff may do on each page of the admin, and the permission it takes."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from notices.models import Notice
from tests.staff.pages import EVERY, address_of, each_page, list_of, staff_with

pytestmark = pytest.mark.django_db

PAGES = {page.opts.label_lower: page for page in EVERY}
ACTIONS = {
    ("announcements.announcement", "end"): "announcements.change_announcement",
    ("accounts.user", "delete_selected"): "accounts.delete_user",
    ("branches.closure", "delete_selected"): "branches.delete_closure",
    ("auth.group", "delete_selected"): "auth.delete_group",
    ("news.news", "delete_selected"): "news.delete_news",
    ("news.recommendation", "delete_selected"): "news.delete_recommendation",
    ("notices.notice", "send_again"): "notices.send_again_notice",
    ("patrons.patron", "send_again"): "patrons.send_patron_again",
}
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture
def chief(db) -> Client:
    """The browser of somebody who may do everything."""
    client = Client()
    client.force_login(
        User.objects.create_superuser("chief"), "django.contrib.auth.backends.ModelBackend"
    )
    return client


def actions(page: admin.ModelAdmin) -> set[str]:
    return {name for _, name, _ in page._get_base_actions()}


def offered(page: admin.ModelAdmin, client: Client) -> set[str]:
    return set(page.get_actions(client.get(list_of(page)).wsgi_request))


def test_every_action_is_known_with_its_permission(chief):
    assert {(label, name) for label, page in PAGES.items() for name in offered(page, chief)} == set(
        ACTIONS
    )


@each_page
def test_who_may_only_view_is_offered_no_action(page, viewer):
    assert offered(page, viewer) == set()


@pytest.mark.parametrize(("label", "name"), ACTIONS, ids=".".join)
def test_an_action_takes_its_permission(label, name, db):
    assert offered(PAGES[label], staff_with(ACTIONS[label, name])) == {name}


@each_page
def test_who_may_only_view_writes_nothing(page, viewer, rows):
    row = page.get_queryset(viewer.get(list_of(page)).wsgi_request).first()
    sent = {"_selected_action": row.pk, "post": "yes", "choice": "erase", "final": "1"}
    with CaptureQueriesContext(connection) as queries:
        for name in actions(page):
            viewer.post(list_of(page), sent | {"action": name})
        for address in page.get_urls():
            if address.name:
                takes = [row.pk] if "<" in str(address.pattern) else []
                answer = viewer.post(reverse(f"admin:{address.name}", args=takes), sent)
                assert answer.status_code in (200, 403, 405), address.name
    written = [sql for query in queries if (sql := query["sql"].strip()).startswith(WRITES)]
    # A message to be shown on the next page, and the record of what was looked at or refused.
    allowed = ('"accounts_session"', "INSERT INTO audit_record")
    assert [sql for sql in written if not any(name in sql for name in allowed)] == []


def test_mails_are_sent_again_with_the_permission_alone(rows, viewer):
    notice = Notice.objects.exclude(recipient="").first()
    Notice.objects.filter(pk=notice.pk).update(failed_at=notice.created_at)
    chosen = {"action": "send_again", "_selected_action": notice.pk}
    viewer.post(list_of(PAGES["notices.notice"]), chosen)
    assert Notice.objects.get(pk=notice.pk).failed_at is not None
    User.objects.get(username="viewer").delete()
    staff_with("notices.send_again_notice").post(list_of(PAGES["notices.notice"]), chosen)
    assert Notice.objects.get(pk=notice.pk).failed_at is None


@pytest.mark.parametrize(("label", "name"), ACTIONS, ids=".".join)
def test_a_chosen_row_that_cannot_be_is_answered_calmly(label, name, chief):
    for chosen in ("a", "日本", "\x00", "1" * 40, "-1", "", "²"):
        answer = chief.post(list_of(PAGES[label]), {"action": name, "_selected_action": chosen})
        assert answer.status_code in (200, 302, 400), chosen


def test_no_page_makes_a_copy_of_a_row(rows, chief):
    for page in EVERY:
        row = page.get_queryset(chief.get(list_of(page)).wsgi_request).first()
        answer = chief.post(address_of(row), {"_saveasnew": "1"})
        assert answer.status_code in (400, 403, 409, 422), page


def test_a_row_named_by_an_empty_field_is_found(rows, chief):
    for page in EVERY:
        row = page.get_queryset(chief.get(list_of(page)).wsgi_request).first()
        assert chief.get(address_of(row), {"_to_field": ""}).status_code == 200, page
        assert chief.get(address_of(row, "delete"), {"_to_field": ""}).status_code in (200, 403)
