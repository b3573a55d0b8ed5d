"""Filters under a name, above the list: kept without what was searched for, and one's own alone."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from staff.models import SavedFilter
from staff.saved_filters import MOST_SAVED, NAME_TAKEN, NO_FILTER, NO_NAME, TOO_LONG, TOO_MANY
from tests.patrons.people import imported_patron
from tests.staff.test_list_export import client_of, member

pytestmark = pytest.mark.django_db
PATRONS = "/admin/patrons/patron/"
WAITING = {"user_id": 0, "page": "patrons.patron", "name": "未反映", "query": "exported=no"}


@pytest.fixture
def viewer() -> Client:
    """The browser of somebody who may only view, and sees patrons masked."""
    return client_of(member("閲覧"))


def own(**values: object) -> SavedFilter:
    user_id = User.objects.get(groups__name="閲覧").pk
    return SavedFilter.objects.create(**WAITING | {"user_id": user_id} | values)


def links(client: Client) -> dict[str, str]:
    """Return the saved filters that stand above the list, by name."""
    page = client.get(PATRONS).content.decode()
    listed = re.search(r'<ul aria-labelledby="saved-filters">.*?</ul>', page, re.DOTALL)
    found = re.findall(r'<a href="(\?[^"]*)"[^>]*>([^<]*)</a>', listed[0] if listed else "")
    return {name: unescape(link) for link, name in found}


def save(client: Client, query: str, name: str) -> object:
    return client.post(f"{PATRONS}{query}", {"save_filter": "1", "name": name})


def test_filters_are_kept_and_found_again_without_the_search(viewer):
    imported_patron()
    here = "?q=%E5%A4%AA%E9%83%8E&exported=no&registered_at__year=2026&o=1&p=1&all="
    answer = save(viewer, here, " 今年の未反映 ")
    assert (answer.status_code, answer.url) == (302, PATRONS + here)
    assert SavedFilter.objects.get().query == "exported=no&registered_at__year=2026"
    assert links(viewer) == {"今年の未反映": "?exported=no&registered_at__year=2026"}
    opened = viewer.get(PATRONS + links(viewer)["今年の未反映"])
    assert opened.context["cl"].get_filters_params().keys() == {"exported", "registered_at__year"}
    assert 'aria-current="true">今年の未反映</a>' in opened.content.decode()
    viewer.post(PATRONS, {"delete_filter": "今年の未反映"})
    assert links(viewer) == {}


def test_they_are_shown_to_and_deleted_by_who_saved_them(viewer):
    own()
    other = client_of(User.objects.create_superuser("chief"))
    assert links(other) == {}
    other.post(PATRONS, {"delete_filter": "未反映"})
    viewer.post("/admin/notices/notice/", {"delete_filter": "未反映"})
    assert links(viewer) == {"未反映": "?exported=no"}
    # Nor do two members of staff share a name.
    assert save(other, "?exported=no", "未反映").status_code == 302
    User.objects.get(groups__name="閲覧").delete()
    assert [each.user.username for each in SavedFilter.objects.all()] == ["chief"]


def test_what_the_list_has_no_more_opens_it_all_the_same(viewer):
    # The second is a filter, but not for who sees patrons masked.
    own(query="gone__exact=1&mail=bounced&exported=no")
    assert links(viewer) == {"未反映": "?exported=no"}
    assert "条件の一部は、今の一覧にありません" in viewer.get(PATRONS).content.decode()
    own(name="古い", query="gone__exact=1")
    assert viewer.get(PATRONS + links(viewer)["古い"]).status_code == 200


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("?exported=no", "\u200b", NO_NAME),
        ("?exported=no", "あ" * 31, "名前は30文字までです。"),
        ("?exported=no", "未反映", NAME_TAKEN),
        ("?q=%E5%A4%AA%E9%83%8E&o=1", "太郎", NO_FILTER),
        (f"?exported={'x' * 500}", "長い", TOO_LONG),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(query, name, sentence, viewer):
    own()
    answer = save(viewer, query, name)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{name}"' in page
    # What is wrong is gone to, not the search.
    assert "autofocus" in page.partition('name="name"')[2].partition(">")[0]
    assert "data-scanned" not in page
    assert SavedFilter.objects.count() == 1


def test_a_list_has_so_many_and_no_more(viewer):
    for number in range(MOST_SAVED):
        own(name=f"{number}件目")
    assert TOO_MANY in save(viewer, "?exported=no", "もう1件").content.decode()
    assert save(viewer.__class__(), "?exported=no", "x").status_code == 302
    assert SavedFilter.objects.count() == MOST_SAVED


def test_they_cost_a_list_one_statement(viewer):
    for number in range(3):
        own(name=str(number))
    with CaptureQueriesContext(connection) as asked:
        viewer.get(PATRONS)
    assert len([query for query in asked if "staff_savedfilter" in query["sql"]]) == 1
