"""Moving an application between states: in memory first, then one write with its records.

Call inside a transaction; only the services do.
"""

from uuid import UUID

from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons import privacy_notice
from registration.application.enums import CLOSED_STATES, OPEN_STATES, Reason
from registration.application.enums import ApplicationState as State
from registration.application.models import PERSONAL_COLUMNS, Application, ApplicationTransition
from registration.application.transitions import check_transition, lifetime

# What stays of an application, or waits for the staff. Drafts come and go: their moves say enough.
OUTCOMES = {
    State.REGISTERED: Event.REGISTERED,
    State.REFUSED: Event.REGISTRATION_REFUSED,
    State.REVIEW: Event.REGISTRATION_IN_REVIEW,
}


def start(privacy_version: str = privacy_notice.CURRENT.version) -> Application:
    """Return a new draft, not stored yet, of somebody who was shown that purpose of use."""
    application = Application(state="", privacy_version=privacy_version)
    change_state(application, State.STARTED, Reason.STARTED)
    return application


def open_draft(application_id: UUID | None) -> Application | None:
    """Return the application locked, None unless it is in the applicant's hands."""
    if application_id is None:
        return None
    application = locked(application_id)
    return application if application.state in OPEN_STATES else None


def locked(application_id: UUID) -> Application:
    """Return the application with its row locked; a draft past its time is closed first.

    One that ended before anybody was identified has left nothing, and is returned as ended.
    """
    found = Application.objects.filter(pk=application_id).select_for_update(of=("self",))
    application = found.only_one()
    if application is None:
        return Application(pk=application_id, state=State.EXPIRED, expires_at=timezone.now())
    if application.state in OPEN_STATES and application.expires_at <= timezone.now():
        change_state(application, State.EXPIRED, Reason.TIMED_OUT)
        store(application)
    return application


def change_state(application: Application, after: State, reason: Reason) -> None:
    """Move an application as the table allows; one that closes loses all that is personal."""
    before = State(application.state) if application.state else None
    check_transition(before, after)
    application.state = after
    if after == State.REVIEW:
        application.review_since = timezone.now()
    if after in CLOSED_STATES:
        for name in PERSONAL_COLUMNS:
            setattr(application, name, "")
    application.unrecorded.append(
        ApplicationTransition(
            application=application,
            from_state=before or "",
            to_state=after,
            reason=reason,
            at=timezone.now(),
        )
    )


def store(application: Application) -> None:
    """Write an application and the moves it made since; its time starts anew.

    One that ends before anybody was identified is deleted: anybody can begin as many as they like.
    """
    if _ends_unidentified(application):
        Application.objects.filter(pk=application.pk).delete()
        application.unrecorded.clear()
        return
    application.expires_at = timezone.now() + lifetime(State(application.state))
    application.save()
    ApplicationTransition.objects.bulk_create(application.unrecorded)
    for moved in application.unrecorded:
        if event := OUTCOMES.get(State(moved.to_state)):
            record(
                event,
                patron_id=application.patron_id,
                reason=moved.reason,
                object_type=application._meta.label_lower,
                object_id=application.pk,
            )
    application.unrecorded.clear()


def _ends_unidentified(application: Application) -> bool:
    moves = application.unrecorded
    return application.state == State.EXPIRED and any(
        made.from_state == State.STARTED and made.to_state == State.EXPIRED for made in moves
    )


def close(application: Application, reason: Reason) -> None:
    """End an application that another one of the same person has taken over from."""
    change_state(application, State.EXPIRED, reason)
    store(application)
