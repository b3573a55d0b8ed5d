"""Which moves between states an application may make, and how long each state lasts."""

from datetime import timedelta

from django.conf import settings

from registration.application.enums import ApplicationState as State
from registration.application.errors import TransitionRefused

ALLOWED: dict[State | None, frozenset[State]] = {
    None: frozenset({State.STARTED}),
    State.STARTED: frozenset({State.IDENTIFIED, State.EXPIRED}),
    State.IDENTIFIED: frozenset(
        {State.IDENTIFIED, State.ENTERED, State.REVIEW, State.REFUSED, State.EXPIRED}
    ),
    State.ENTERED: frozenset(
        {
            State.IDENTIFIED,
            State.ENTERED,
            State.CONFIRMED,
            State.REVIEW,
            State.REFUSED,
            State.EXPIRED,
        }
    ),
    State.CONFIRMED: frozenset(
        {
            State.IDENTIFIED,
            State.ENTERED,
            State.REGISTERED,
            State.REVIEW,
            State.REFUSED,
            State.EXPIRED,
        }
    ),
    State.REVIEW: frozenset({State.APPROVED, State.REFUSED, State.EXPIRED}),
    State.APPROVED: frozenset({State.EXPIRED}),
    State.REGISTERED: frozenset(),
    State.REFUSED: frozenset(),
    State.EXPIRED: frozenset(),
}

RESULT_VISIBLE = timedelta(minutes=30)
STARTED_LASTS = timedelta(hours=1)


def check_transition(before: State | None, after: State) -> None:
    """Raise TransitionRefused unless the table allows the move; `before` is None for a new row."""
    if after not in ALLOWED[before]:
        raise TransitionRefused(before, after)


def lifetime(state: State) -> timedelta:
    """Return how long an application stays in a state before it expires.

    For a closed state: how long its outcome stays visible to the browser it belongs to.
    """
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
