"""What waits for staff: each line leads to the list of just these, for who may open it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notices.models import Notice
from patrons.models import Patron, PossibleDouble
from registration.application.models import Application
from staff.large_list import MOST_LISTED
from staff.roles import ROLES
from staff.waiting import Urgency, Waiting, urgency_of, what_waits
from tests.staff.pages import staff_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def waits(rows):
    """One of each at least; of mails and patrons more."""
    now = timezone.now()
    Notice.objects.exclude(recipient="").update(failed_at=now, sent_at=None)
    first, other = Patron.objects.order_by("pk")[:2]
    Patron.objects.filter(pk=other.pk).update(email="a@example.jp", bounced_email="a@example.jp")
    return first


def test_every_line_leads_to_the_list_of_just_these(viewer, waits):
    user = User.objects.get(username="viewer")
    lines = {line.label: line for line in what_waits(user)}
    assert len(lines) == 13
    page = viewer.get("/admin/").content.decode()
    for line in lines.values():
        assert f"{line.label} <strong>{line.amount}</strong>" in page
        if line.label == "利用者番号の残り":
            assert not line.address
            continue
        assert line.count > 0, line.label
        listed = viewer.get(line.address)
        assert listed.context["cl"].result_count == line.count, line.label


def test_every_line_of_every_role_opens(waits):
    for role in ROLES:
        user = User.objects.create_user(role.name, is_staff=True, name=role.name)
        user.groups.add(Group.objects.get(name=role.name))
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        for line in what_waits(user):
            if line.address:
                assert client.get(line.address).status_code == 200, (role.name, line.label)


def test_a_line_takes_the_permission_to_open_its_list(waits):
    client = staff_with()
    user = User.objects.get(username="viewer")
    lines = [line for line in what_waits(user) if line.address]
    for line in lines:
        model = re.match("/admin/([a-z]+)/([a-z]+)/", line.address)
        app, name = model.groups()
        # Those are records, too.
        name = name.replace("notableopening", "record")
        permission = Permission.objects.get(content_type__app_label=app, codename=f"view_{name}")
        user.user_permissions.remove(permission)
        left = what_waits(User.objects.get(pk=user.pk))
        assert line.address not in {each.address for each in left}
        assert line.address not in client.get("/admin/").content.decode()
        user.user_permissions.add(permission)


def test_what_is_late_stands_first_and_says_so_in_words(viewer, waits):
    yesterday = timezone.localdate() - timedelta(days=1)
    PossibleDouble.objects.update(look_by=yesterday)
    page = viewer.get("/admin/").content.decode()
    first = page.index('<li class="waits__item')
    assert page.startswith('<li class="waits__item waits__item--late">', first)
    assert "二重登録かもしれない利用者" in page[first : first + 300]
    assert "期限切れあり" in page
    assert "確認の期限を過ぎたものが1組" in page
    Application.objects.filter(state="review").update(answer_by=yesterday)
    assert "回答期限を過ぎたものが1件" in viewer.get("/admin/").content.decode()
    Application.objects.filter(state="review").update(answer_by=timezone.localdate())
    assert "今日までのものが1件" in viewer.get("/admin/").content.decode()


def test_no_more_are_counted_than_a_list_shows():
    many = Waiting(label="x", count=MOST_LISTED + 1, address="/", urgency=Urgency.WAITING)
    assert many.amount == f"{MOST_LISTED:,}件以上"
    assert urgency_of(0, late=1) == Urgency.NOTHING
    assert urgency_of(2, soon=1) == Urgency.SOON
    assert urgency_of(2) == Urgency.WAITING
