"""The table of moves, how long states last, and the records of moves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from registration.application.enums import CLOSED_STATES, Reason
from registration.application.enums import ApplicationState as State
from registration.application.lifecycle import ALLOWED, TransitionRefused, change_state, lifetime
from registration.application.models import Application, ApplicationTransition


def test_every_state_is_in_the_table():
    assert set(ALLOWED) == {None, *State}


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_closed_application_never_moves(closed, after):
    if closed in CLOSED_STATES:
        with pytest.raises(TransitionRefused):
            change_state(Application(state=closed), after, Reason.TYPED)


def test_nothing_is_registered_that_was_not_confirmed():
    assert [before for before in ALLOWED if State.REGISTERED in ALLOWED[before]] == [
        State.CONFIRMED
    ]


@pytest.mark.parametrize(
    ("state", "lasts"),
    [
        (State.STARTED, timedelta(hours=1)),
        (State.IDENTIFIED, timedelta(minutes=45)),
        (State.ENTERED, timedelta(minutes=45)),
        (State.CONFIRMED, timedelta(minutes=45)),
        (State.REVIEW, timedelta(days=21)),
        (State.REGISTERED, timedelta(minutes=30)),
        (State.REFUSED, timedelta(minutes=30)),
    ],
)
def test_each_state_has_its_own_expiry(settings, state, lasts):
    settings.REGISTRATION_DRAFT_MINUTES = 45
    settings.REVIEW_RETENTION_DAYS = 21
    assert lifetime(state) == lasts


@pytest.mark.django_db
def test_a_recorded_move_cannot_be_rewritten():
    application = Application.objects.create(expires_at=timezone.now())
    row = ApplicationTransition.objects.create(
        application=application, to_state=State.STARTED, reason="started", at=timezone.now()
    )
    row.reason = "cancelled"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


@pytest.mark.django_db
@pytest.mark.parametrize("state", CLOSED_STATES)
@pytest.mark.parametrize("column", ["subject", "name", "birth_date", "address", "phone", "email"])
def test_the_database_refuses_personal_data_in_a_closed_application(state, column):
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(state=state, expires_at=timezone.now(), **{column: "2"})
