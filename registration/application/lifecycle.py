"""The states of an application: the moves it may make, how long each lasts, and where it goes on.

A move is made in memory first, then written with its records. Call inside a transaction; only the
services do.
"""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from audit.enums import Event
from audit.services import record
from patrons import privacy_notice
from registration.application.enums import CLOSED_STATES, OPEN_STATES, Reason, State
from registration.application.models import (
    PERSONAL_COLUMNS,
    RESULT_VISIBLE,
    Application,
    ApplicationTransition,
)

_LAPSED = """
INSERT INTO registration_lapsedstarts AS stored (day, number) VALUES (%s, %s)
ON CONFLICT (day) DO UPDATE SET number = stored.number + EXCLUDED.number
"""
STARTED_LASTS = timedelta(hours=1)
_DECIDED = {State.REVIEW, State.REFUSED, State.EXPIRED}
ALLOWED: dict[State | None, set[State]] = {
    None: {State.STARTED},
    State.STARTED: {State.IDENTIFIED, State.EXPIRED},
    State.IDENTIFIED: {State.IDENTIFIED, State.ENTERED, *_DECIDED},
    State.ENTERED: {State.IDENTIFIED, State.ENTERED, State.CONFIRMED, *_DECIDED},
    State.CONFIRMED: {State.IDENTIFIED, State.ENTERED, State.REGISTERED, *_DECIDED},
    State.REVIEW: {State.APPROVED, State.REFUSED, State.EXPIRED},
    State.APPROVED: {State.EXPIRED},
    State.REGISTERED: set(),
    State.REFUSED: set(),
    State.EXPIRED: set(),
}
# What stays of an application, or waits for the staff. Drafts come and go: their moves say enough.
OUTCOMES = {
    State.REGISTERED: Event.REGISTERED,
    State.REFUSED: Event.REGISTRATION_REFUSED,
    State.REVIEW: Event.REGISTRATION_IN_REVIEW,
}
FORM, CONFIRM, RESULT = "registration:form", "registration:confirm", "registration:result"
# The page of the first step that is not done; in every other state it is the form.
PAGES = {
    State.ENTERED: CONFIRM,
    State.CONFIRMED: CONFIRM,
    State.REGISTERED: RESULT,
    State.REFUSED: RESULT,
    State.REVIEW: RESULT,
}


class TransitionRefused(Exception):
    """The table does not allow the move: a programming error, not the applicant's."""


def first_incomplete(application: Application | None) -> str:
    """Return the page where the application goes on; a decided one goes to its result."""
    return PAGES.get(State(application.state), FORM) if application else FORM


def lifetime(state: State) -> timedelta:
    """Return how long a state lasts; for a closed one, how long its browser sees the outcome."""
    match state:
        case State.STARTED:
            return STARTED_LASTS
        case State.IDENTIFIED | State.ENTERED | State.CONFIRMED:
            return timedelta(minutes=settings.REGISTRATION_DRAFT_MINUTES)
        case State.REVIEW:
            return timedelta(days=settings.REVIEW_RETENTION_DAYS)
        case State.APPROVED:
            return timedelta(days=settings.REVIEW_LINK_DAYS)
        case _:
            return RESULT_VISIBLE


def open_or_new(
    application_id: UUID | None, privacy_version: str = privacy_notice.CURRENT.version
) -> Application:
    """Return the application locked while it is in the applicant's hands, else a new draft."""
    if application_id and (application := locked(application_id)).state in OPEN_STATES:
        return application
    language = get_language() or settings.LANGUAGE_CODE
    application = Application(state="", privacy_version=privacy_version, language=language)
    change_state(application, State.STARTED, Reason.STARTED)
    return application


def locked(application_id: UUID) -> Application:
    """Return the application with its row locked; a draft past its time is closed first.

    One that ended before anybody was identified has left nothing, and is returned as ended.
    """
    found = Application.objects.filter(pk=application_id).select_for_update(of=("self",))
    application = found.only_one()
    if application is None:
        return Application(pk=application_id, state=State.EXPIRED, expires_at=timezone.now())
    if application.state in OPEN_STATES and application.expires_at <= timezone.now():
        close(application, Reason.TIMED_OUT)
    return application


def change_state(application: Application, after: State, reason: Reason) -> None:
    """Move an application as the table allows; one that closes loses all that is personal."""
    before = State(application.state) if application.state else None
    if after not in ALLOWED[before]:
        raise TransitionRefused(f"{before} -> {after}")
    now = timezone.now()
    application.state = after
    if after == State.REVIEW:
        application.review_since = now
    if after in CLOSED_STATES:
        for name in PERSONAL_COLUMNS:
            setattr(application, name, "")
    application.unrecorded.append(
        ApplicationTransition(
            application=application, from_state=before or "", to_state=after, reason=reason, at=now
        )
    )


def store(application: Application) -> None:
    """Write an application and the moves it made since; its time starts anew.

    One that ends before anybody was identified is deleted: anybody can begin as many as they like.
    """
    moves = application.unrecorded
    if any((move.from_state, move.to_state) == (State.STARTED, State.EXPIRED) for move in moves):
        delete_lapsed([application.pk])
        moves.clear()
        return
    application.expires_at = timezone.now() + lifetime(State(application.state))
    application.save()
    ApplicationTransition.objects.bulk_create(moves)
    for move in moves:
        if event := OUTCOMES.get(State(move.to_state)):
            record(
                event,
                patron_id=application.patron_id,
                reason=move.reason,
                object_type=application._meta.label_lower,
                object_id=application.pk,
            )
    moves.clear()


def delete_lapsed(application_ids: Collection[UUID]) -> None:
    """Delete applications in which nobody was identified; how many begun on a day is kept."""
    lapsed = Application.objects.filter(pk__in=application_ids)
    days = Counter(map(timezone.localdate, lapsed.values_list("created_at", flat=True)))
    lapsed.delete()
    with connection.cursor() as cursor:
        # In one order, so that no two wait for each other.
        for day, number in sorted(days.items()):
            cursor.execute(_LAPSED, [day, number])


def close(application: Application, reason: Reason) -> None:
    """End an application without an outcome."""
    change_state(application, State.EXPIRED, reason)
    store(application)
