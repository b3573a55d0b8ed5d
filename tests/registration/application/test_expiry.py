"""What happens to applications past their time."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from patrons.models import Patron
from registration import retention as expiry_services
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import PERSONAL_COLUMNS, Application
from registration.tasks import purge_expired
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    OUTSIDER,
    RESULT,
    TARO,
    TYPED,
    enter,
    entered,
    identify,
    registered,
)

pytestmark = pytest.mark.django_db


def age(application, **ago):
    """Let an application's time have ended so long ago."""
    ended = timezone.now() - timedelta(**(ago or {"seconds": 1}))
    Application.objects.filter(pk=application.pk).update(expires_at=ended)


def put_in_review():
    draft = services.attach_identity(application_id=None, identity=TARO)
    Application.objects.filter(pk=draft.pk).update(birth_date="19500000")
    return enter(draft)


def test_the_purge_erases_what_expired_and_nothing_else(client, capsys):
    old = services.attach_identity(application_id=None, identity=OUTSIDER)
    services.keep_form_values(application_id=old.pk, typed={"phone": "0975340001"})
    review = put_in_review()
    kept = entered(client, HANAKO)
    age(old)
    age(review)
    Application.objects.update(staff_warned_at=timezone.now() - timedelta(days=2))
    call_command("purge_expired")
    assert capsys.readouterr().out.startswith("drafts: 1\nreviews: 1\n")
    for application in (old, review):
        application.refresh_from_db()
        assert application.state == State.EXPIRED
        assert [getattr(application, name) for name in PERSONAL_COLUMNS] == [""] * 10
        assert application.transitions.last().reason == "timed_out"
    kept.refresh_from_db()
    assert (kept.state, kept.name) == (State.ENTERED, HANAKO.name)


def test_the_purge_may_run_twice(client):
    age(entered(client))
    assert expiry_services.purge_expired() == (1, 0)
    assert expiry_services.purge_expired() == (0, 0)


def test_the_purge_works_through_more_than_one_batch(monkeypatch):
    monkeypatch.setattr(expiry_services, "PURGE_BATCH", 2)
    for _ in range(5):
        age(services.keep_form_values(application_id=None, typed={}))
    assert expiry_services.purge_expired() == (5, 0)


def test_the_purge_leaves_registered_applications_as_they_are(client):
    application = registered(client)
    age(application, days=400)
    assert expiry_services.purge_expired() == (0, 0)
    application.refresh_from_db()
    assert application.patron == Patron.objects.get()


def test_a_review_outlives_a_draft(client, settings):
    review = put_in_review()
    draft = entered(client, HANAKO)
    later = timezone.now() + timedelta(minutes=settings.REGISTRATION_DRAFT_MINUTES + 1)
    assert expiry_services.purge_expired(now=later) == (1, 0)
    review.refresh_from_db()
    draft.refresh_from_db()
    assert (review.state, draft.state) == (State.REVIEW, State.EXPIRED)


def test_the_worker_purges_every_ten_minutes():
    from procrastinate.contrib.django import app

    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[purge_expired.name] == "*/10 * * * *"
    age(services.keep_form_values(application_id=None, typed={}))
    assert purge_expired.func(timestamp=0) == {"drafts": 1, "reviews": 0}


def test_an_expired_draft_is_not_shown_even_before_the_purge(client):
    age(entered(client))
    response = client.get(CONFIRM)
    assert response.url == FORM
    html = client.get(FORM).content.decode()
    assert "前の手続きは終了しました" in html
    assert TARO.name not in html


def test_a_form_sent_too_late_keeps_what_was_typed(client):
    age(identify(client))
    response = client.post(FORM, TYPED)
    html = response.content.decode()
    assert response.status_code == 422
    assert "前の手続きは終了しました" in html
    assert 'value="oita@oita.co.jp"' in html


def test_an_expired_draft_cannot_be_registered(client):
    draft = entered(client)
    age(draft)
    assert client.post(CONFIRM).url == FORM
    assert services.register(application_id=draft.pk).state == State.EXPIRED
    assert not Patron.objects.exists()


def test_the_result_is_visible_for_thirty_minutes(client):
    application = registered(client)
    number = Patron.objects.get().number
    left = application.expires_at - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    age(application)
    html = client.get(RESULT).content.decode()
    assert "登録は完了しています" in html
    assert number not in html
    client.post(reverse("registration:finish"))
    assert client.get(RESULT).url == FORM
