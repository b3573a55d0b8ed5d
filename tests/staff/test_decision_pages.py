"""One decision after another: what is opened next, and what is said of those that wait."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from audit.models import Record
from registration.application.models import Application
from staff.decision_pages import next_of
from tests.registration.review.reviews import CASES, NOTE, UNCLEAR, case_for, case_page, decided
from tests.registration.support import hidden_fields, text


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("abcd", "acd", "c"),
        ("abcd", "ad", "d"),
        ("abcd", "a", "a"),
        # Put off, it waits still, and comes last.
        ("abcd", "abcd", "c"),
        ("ab", "b", None),
        ("b", "", None),
        # In the list that staff came from it was not, or there are others by now.
        ("", "a", "a"),
        ("ab", "e", "e"),
    ],
)
def test_the_next_is_the_one_behind_and_behind_the_last_the_first(before, now, expected):
    assert next_of(before, "b", now) == expected


@pytest.fixture
def staff(db) -> Client:
    user = get_user_model().objects.create_user("librarian", is_staff=True)
    held = ("view_personal_data", "view_reviewcase", "decide_reviewcase")
    user.user_permissions.set(Permission.objects.filter(codename__in=held))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


@pytest.fixture
def cases(staff) -> list[Application]:
    """Four cases in the list's order; all but the third are put off."""
    made = [case_for(replace(UNCLEAR, subject=f"s{number}")) for number in range(4)]
    for number, case in enumerate(made):
        Application.objects.filter(pk=case.pk).update(
            answer_by=timezone.localdate() + timedelta(days=number + 3)
        )
        if number != 2:
            decided(case, "deferred", staff.user)
    return made


def settled(staff, case, came_from, choice="counter"):
    address = f"{case_page(case)}?{urlencode({'_changelist_filters': came_from})}"
    page = staff.post(
        address,
        hidden_fields(text(staff.get(address))) | {"choice": choice, "note": NOTE},
    )
    return staff.post(address, hidden_fields(text(page)))


def test_the_next_in_the_list_that_staff_came_from_is_opened_until_none_is_left(staff, cases):
    first, second, other, last = cases
    # There may be no such page any more.
    came_from = "situation=deferred&p=7"
    kept = f"?{urlencode({'_changelist_filters': 'situation=deferred'})}"
    answer = settled(staff, second, came_from)
    assert answer.url == f"{case_page(last)}{kept}"
    page = text(staff.get(answer.url))
    assert "窓口へ案内すると決定しました" in page
    assert "待っているものは、あと2件です。" in page
    opened = Record.objects.filter(event="staff_opened", object_id=str(last.pk))
    assert opened.exists()
    # Behind the last one comes the first, which was passed by.
    assert settled(staff, last, came_from).url == f"{case_page(first)}{kept}"
    answer = settled(staff, first, came_from)
    assert answer.url == f"{CASES}?situation=deferred"
    assert "待っているものは、もうありません。" in text(staff.get(answer.url))
    assert Application.objects.in_review().get() == other


def test_one_is_passed_by_without_a_decision(staff, cases):
    first, second, other, last = cases
    came_from = {"_changelist_filters": "situation=deferred"}
    page = text(staff.get(case_page(second), came_from))
    kept = urlencode(came_from)
    assert f'<a href="{case_page(first)}?{kept}" rel="prev">前の件へ</a>' in page
    assert f'<a href="{case_page(last)}?{kept}" rel="next">あとで（次の件へ）</a>' in page
    assert 'rel="prev"' not in text(staff.get(case_page(first), came_from))
    assert 'rel="next"' not in text(staff.get(case_page(last), came_from))
    without = text(staff.get(case_page(second), {"_changelist_filters": "nonsense=1&state__x=2"}))
    assert f'<a href="{case_page(other)}?' in without


def test_a_list_too_long_for_an_address_is_left_behind_and_not_the_answer(staff, cases):
    assert settled(staff, cases[0], f"q={'あ' * 2500}").url == case_page(cases[1])


def test_staff_who_may_not_see_the_list_any_more_are_led_nowhere(staff, cases):
    page = hidden_fields(text(staff.get(case_page(cases[0]))))
    staff.user.user_permissions.remove(Permission.objects.get(codename="view_personal_data"))
    sent = page | {"choice": "counter", "note": NOTE, "final": "1"}
    assert staff.post(case_page(cases[0]), sent).status_code == 403
    assert Application.objects.in_review().count() == 4
