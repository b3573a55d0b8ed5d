"""Announcements as staff write them."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from announcements.models import Announcement
from tests.staff.pages import save

pytestmark = pytest.mark.django_db
LIST = "/admin/announcements/announcement/"
ADD = f"{LIST}add/"
PREVIEW = f"{LIST}preview/"


def staff(*rights: str) -> Client:
    user = get_user_model().objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def clerk() -> Client:
    """A member of staff who may write announcements, and nothing else."""
    return staff(*(f"{verb}_announcement" for verb in ("view", "add", "change", "delete")))


def fields(begins=0.0, ends=3.0, **typed: str) -> dict[str, str]:
    sent = {"kind": "registration_stop", "sentence": ""} | typed
    for name, hours in (("begins_at", begins), ("ends_at", ends)):
        moment = timezone.localtime(timezone.now() + timedelta(hours=hours))
        sent |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}
    return sent


def recorded() -> list[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reason, fields FROM audit_record WHERE event = 'announcement_changed'"
            " ORDER BY id"
        )
        return cursor.fetchall()


def test_who_may_posts_a_stop_that_residents_see_and_that_is_recorded(
    clerk, client, django_capture_on_commit_callbacks
):
    page = clerk.get(ADD).content.decode()
    assert "システムの点検のためです" in page
    with django_capture_on_commit_callbacks(execute=True):
        answer = clerk.post(ADD, fields(sentence=" 台風の\nため、お休みします。 "), follow=True)
    assert "1分半ほど" in answer.content.decode()
    stop = Announcement.objects.get()
    assert stop.sentence == "台風の ため、お休みします。"
    assert recorded() == [("added", ["begins_at", "ends_at", "kind", "sentence"])]
    assert LogEntry.objects.get().object_id == str(stop.pk)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (fields(begins=3, ends=2), "終了は、開始より後の日時を入力してください。"),
        (fields(begins=-5, ends=-2), "終了は、今より後の日時を入力してください。"),
        (fields(kind=""), "種類を選択してください。"),
        (fields() | {"ends_at_0": "", "ends_at_1": ""}, "終了の日付と時刻を入力してください。"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_an_instruction(clerk, sent, message):
    assert message in clerk.post(ADD, sent).content.decode()
    assert not Announcement.objects.exists()


def test_the_preview_shows_both_states_and_stores_nothing(clerk):
    page = clerk.post(PREVIEW, fields(begins=30, ends=33)).content.decode()
    assert "インターネットでの利用者登録を休止します" in page
    assert "インターネットでの利用者登録を休止しています" in page
    assert "利用者登録を始められなくなります" in page
    assert clerk.post(PREVIEW, fields(begins=3, ends=2)).status_code == 422
    assert not Announcement.objects.exists()


def test_the_preview_is_for_who_may_write(clerk):
    assert staff_viewer().post(PREVIEW, fields()).status_code == 403


def staff_viewer() -> Client:
    user = get_user_model().objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_announcement"))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_stop_is_ended_at_once_and_stays_on_record(clerk, announce):
    stop = announce("registration_stop")
    sent = {"action": "end", "_selected_action": stop.pk}
    assert "1件を終えました" in clerk.post(LIST, sent, follow=True).content.decode()
    stop.refresh_from_db()
    assert stop.ends_at <= timezone.now()
    assert recorded() == [("ended", ["ends_at"])]
    assert clerk.post(f"{LIST}{stop.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "終了" in clerk.get(LIST).content.decode()


def test_what_has_not_begun_can_be_deleted(clerk, announce):
    ahead = announce("registration_stop", begins=5, ends=6)
    save(clerk, f"{LIST}{ahead.pk}/delete/", {"post": "yes"})
    assert not Announcement.objects.exists()
    assert recorded() == [("deleted", [])]


def test_the_database_refuses_an_end_before_the_beginning():
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Announcement.objects.create(kind="registration_stop", begins_at=now, ends_at=now)
