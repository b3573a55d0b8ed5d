"""Every write to an application: from the first keystroke to the patron number.

Locks are always taken in one order, so that no two requests wait for each other: the person
(advisory), then the application's row, then (inside `patrons`) the birth date (advisory).
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from myna_auth.claims import VerifiedIdentity
from notices.enums import NoticeKind
from notices.services import send
from patrons import residency
from patrons.birth_date import is_complete
from patrons.duplicates import Applicant, DuplicateDecision
from patrons.enums import DuplicateReason
from patrons.errors import DuplicateSuspected, NumbersExhausted
from patrons.normalize import has_forbidden_characters
from patrons.residency import ResidencyDecision
from patrons.services import find_duplicates, register_patron
from registration import emails
from registration.enums import ENTERED_STATES, OPEN_STATES, Reason
from registration.enums import ApplicationState as State
from registration.errors import ContentChanged
from registration.models import (
    PERSONAL_COLUMNS,
    TYPED_COLUMNS,
    Application,
    ApplicationTransition,
)
from registration.moves import locked, move, open_draft, start, store
from registration.typed import Entry

logger = logging.getLogger("registration")

PERSON_LOCK = 0x0A12  # the advisory lock class of one verified person
PURGE_BATCH = 500


class Purged(NamedTuple):
    """How many applications a purge closed and erased."""

    drafts: int
    reviews: int


@transaction.atomic
def keep_typed(*, application_id: UUID | None, typed: Mapping[str, str]) -> Application:
    """Keep what was typed before leaving for the identity service, in a new draft if need be.

    The values are as typed: the form checks them only at 登録.
    """
    application = open_draft(application_id) or start()
    for name, value in typed.items():
        setattr(application, name, value)
    if application.state in ENTERED_STATES:
        move(application, State.IDENTIFIED, Reason.TYPED)
    store(application)
    return application


@transaction.atomic
def attach_identity(*, application_id: UUID | None, identity: VerifiedIdentity) -> Application:
    """Store a verified identity in the draft; an abandoned draft of the same person is replaced.

    Another card clears the kana and keeps postal code, phone and mail: families share those.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
            [PERSON_LOCK, f"{identity.issuer}\n{identity.subject}"],
        )
    application = open_draft(application_id) or start()
    abandoned = Application.objects.of_person(identity.issuer, identity.subject).verified_drafts()
    for other in abandoned.exclude(pk=application.pk).select_for_update(of=("self",)):
        move(other, State.EXPIRED, Reason.REPLACED)
        store(other)
    person = (identity.issuer, identity.subject)
    if application.is_identified and (application.issuer, application.subject) != person:
        application.last_name_kana = application.first_name_kana = ""
    application.issuer, application.subject = person
    application.name = identity.name
    application.birth_date = identity.birth_date
    application.address = identity.address
    move(application, State.IDENTIFIED, Reason.CARD_READ)
    store(application)
    return application


@transaction.atomic
def refuse_outside_area(*, application_id: UUID) -> Application:
    """Close a draft whose verified address lies outside the area."""
    application = locked(application_id)
    if application.is_identified:
        decision = residency.decide(application.address)
        if not decision.eligible:
            _record_residency(application, decision)
            move(application, State.REFUSED, Reason.OUTSIDE_AREA)
            store(application)
    return application


@transaction.atomic
def enter(*, application_id: UUID, entry: Entry) -> Application:
    """Store the accepted form and decide; the returned application's state says what comes next.

    entered: to be confirmed. refused, review: decided. Anything else: another request closed the
    draft meanwhile.
    """
    application = locked(application_id)
    if not application.is_identified:
        return application
    for name, value in asdict(entry).items():
        setattr(application, name, value)
    decision = residency.decide(application.address)
    _record_residency(application, decision)
    if not decision.eligible:
        move(application, State.REFUSED, Reason.OUTSIDE_AREA)
    elif (duplicates := find_duplicates(applicant=_applicant(application))).suspected:
        _suspect(application, duplicates)
    elif _is_unclear(application):
        _to_review(application, Reason.UNCLEAR_IDENTITY)
    elif _update_open_review(application):
        _refuse_for_open_review(application)
    else:
        move(application, State.ENTERED, Reason.ENTERED)
    store(application)
    return application


@transaction.atomic
def register(*, application_id: UUID, mark: str | None = None) -> Application:
    """Make the confirmed application a patron, with its mail and inbox message, all or nothing.

    `mark` is the digest of what the applicant was shown. The returned application's state says
    what came of it: registered (also when an earlier request did it); refused or review for a
    possible double registration; confirmed when no number is left, with nothing lost.

    Raises ContentChanged when the application no longer is what was shown.
    """
    application = locked(application_id)
    if application.state not in ENTERED_STATES:
        return application
    if mark is not None and not constant_time_compare(mark, application.mark()):
        raise ContentChanged
    if application.state != State.CONFIRMED:
        move(application, State.CONFIRMED, Reason.CONFIRMED)
    _register(application)
    store(application)
    return application


def _register(application: Application) -> None:
    decision = residency.decide(application.address)
    _record_residency(application, decision)
    if not decision.eligible:
        move(application, State.REFUSED, Reason.OUTSIDE_AREA)
        return
    try:
        patron = register_patron(applicant=_applicant(application), residency=decision)
    except DuplicateSuspected as suspicion:
        _suspect(application, suspicion.decision)
        return
    except NumbersExhausted:
        logger.error("no patron number left", extra={"event": "numbers_exhausted"})
        return
    message = emails.application_received(patron=patron)
    send(
        patron=patron,
        kind=NoticeKind.REGISTRATION_RECEIVED,
        subject=message.subject,
        body=message.body,
        recipient=patron.email,
    )
    application.patron = patron
    application.registered_at = patron.registered_at
    move(application, State.REGISTERED, Reason.REGISTERED)


@transaction.atomic
def reset(*, application_id: UUID) -> Application:
    """Clear what was typed and keep the identity (リセット)."""
    application = locked(application_id)
    if application.state in OPEN_STATES:
        for name in TYPED_COLUMNS:
            setattr(application, name, "")
        if application.state in ENTERED_STATES:
            move(application, State.IDENTIFIED, Reason.RESET)
        store(application)
    return application


@transaction.atomic
def cancel(*, application_id: UUID) -> Application:
    """End the application at the applicant's wish (キャンセル): its content is erased."""
    application = locked(application_id)
    if application.state in OPEN_STATES:
        move(application, State.EXPIRED, Reason.CANCELLED)
        store(application)
    return application


def purge_expired(*, now: datetime | None = None) -> Purged:
    """Close and erase every application that is past its time; safe to run at any time, twice."""
    now = now or timezone.now()
    drafts = reviews = 0
    while batch := _purge_batch(now):
        reviews += batch.count(State.REVIEW)
        drafts += len(batch) - batch.count(State.REVIEW)
    return Purged(drafts=drafts, reviews=reviews)


@transaction.atomic
def _purge_batch(now: datetime) -> list[str]:
    due = list(
        Application.objects.due(now)
        .order_by("expires_at")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("pk", "state")[:PURGE_BATCH]
    )
    Application.objects.filter(pk__in=[pk for pk, _ in due]).update(
        state=State.EXPIRED, **dict.fromkeys(PERSONAL_COLUMNS, "")
    )
    ApplicationTransition.objects.bulk_create(
        ApplicationTransition(
            application_id=pk,
            from_state=state,
            to_state=State.EXPIRED,
            reason=Reason.TIMED_OUT,
            at=now,
        )
        for pk, state in due
    )
    return [state for _, state in due]


def _is_unclear(application: Application) -> bool:
    """Say whether staff must look: no first password, or text that cannot be stored and printed."""
    verified = f"{application.name}{application.address}{application.subject}"
    return not is_complete(application.birth_date) or has_forbidden_characters(verified)


def _suspect(application: Application, decision: DuplicateDecision) -> None:
    application.duplicate_reason = decision.reason
    application.candidate_ids = [*decision.patron_ids, *decision.hint_ids]
    if decision.reason == DuplicateReason.SUBJECT_LINKED:
        move(application, State.REFUSED, Reason.DUPLICATE)
    else:
        _to_review(application, Reason.DUPLICATE)


def _to_review(application: Application, reason: Reason) -> None:
    if not _update_open_review(application):
        move(application, State.REVIEW, reason)
    elif reason == Reason.UNCLEAR_IDENTITY:
        _refuse_for_open_review(application, reason)
    else:
        _refuse_for_open_review(application)


def _update_open_review(application: Application) -> bool:
    """Give the person's open review, if there is one, what the person typed last."""
    person = Application.objects.of_person(application.issuer, application.subject).in_review()
    return bool(person.update(**{name: getattr(application, name) for name in TYPED_COLUMNS}))


def _refuse_for_open_review(application: Application, why: Reason = Reason.OPEN_REVIEW) -> None:
    application.duplicate_reason = why
    move(application, State.REFUSED, Reason.OPEN_REVIEW)


def _record_residency(application: Application, decision: ResidencyDecision) -> None:
    application.municipality_code = decision.municipality_code or ""
    application.residency_reason = decision.reason
    application.residency_rule_version = decision.rule_version


def _applicant(application: Application) -> Applicant:
    return Applicant(
        issuer=application.issuer,
        subject=application.subject,
        name=application.name,
        birth_date=application.birth_date,
        address=application.address,
        last_name_kana=application.last_name_kana,
        first_name_kana=application.first_name_kana,
        postal_code=application.postal_code,
        phone=application.phone,
        email=application.email,
        contact_method=application.contact_method,
    )
