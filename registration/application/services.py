"""Every write to an application: from the first keystroke to the patron number.

Locks are always taken in one order, so that no two requests wait for each other: the person
(advisory), then the application's row, then (inside `patrons`) the birth date (advisory).
"""

import logging
from collections.abc import Mapping
from uuid import UUID

from django.db import connection, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language

from myna_auth.claims import VerifiedIdentity
from notices.enums import NoticeKind
from notices.services import send
from patrons import privacy_notice, residency
from patrons.birth_date import is_complete
from patrons.doubles.services import note_other_people
from patrons.identity_link_services import LinkVerdict, find_patron
from patrons.matching.duplicates import DuplicateDecision
from patrons.numbers import NumbersExhausted
from patrons.residency import ResidencyDecision, ResidencyReason
from patrons.services import DuplicateSuspected, find_duplicates, register_patron
from registration.application import receipts
from registration.application.emails import application_received
from registration.application.enums import ENTERED_STATES, OPEN_STATES, Reason, State
from registration.application.lifecycle import change_state, close, locked, open_or_new, store
from registration.application.models import (
    FORM_COLUMNS,
    IDENTITY_COLUMNS,
    PERSONAL_FORM_COLUMNS,
    Application,
)

logger = logging.getLogger("registration")

PERSON_LOCK = 0x0A12  # the advisory lock class of one verified person


class ContentChanged(Exception):
    """The application, as it is now, no longer says what the applicant's page showed."""

    def __init__(self, application: Application) -> None:
        super().__init__(str(application.pk))
        self.application = application


@transaction.atomic
def keep_form_values(
    *,
    application_id: UUID | None,
    typed: Mapping[str, str],
    privacy_version: str = privacy_notice.CURRENT.version,
) -> Application:
    """Keep what was typed before leaving for the identity service, in a new draft if need be.

    The values are as typed: the form checks them only at 登録. `privacy_version` is the purpose of
    use that was shown beside them.
    """
    application = open_or_new(application_id, privacy_version)
    for name, value in typed.items():
        setattr(application, name, value)
    if application.state in ENTERED_STATES:
        change_state(application, State.IDENTIFIED, Reason.TYPED)
    store(application)
    return application


@transaction.atomic
def attach_identity(*, application_id: UUID | None, identity: VerifiedIdentity) -> Application:
    """Store a verified identity in the draft; an abandoned draft of the same person is replaced.

    The decision on its address is stored at once: outside the area the form says so from then on.
    Another card clears the kana and keeps postal code, phone and mail: families share those. What
    the same person had typed in the abandoned draft is taken over where nothing is typed yet. Whom
    the staff let go on finds what they had typed, and goes on to the confirmation if that is all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
            [PERSON_LOCK, f"{identity.issuer}\n{identity.subject}"],
        )
    application = open_or_new(application_id)
    person = (identity.issuer, identity.subject)
    if application.is_identified and (application.issuer, application.subject) != person:
        application.last_name_kana = application.first_name_kana = ""
    for name in IDENTITY_COLUMNS:
        setattr(application, name, getattr(identity, name))
    drafts = application.of_same_person().verified_drafts().exclude(pk=application.pk)
    abandoned = list(drafts.select_for_update(of=("self",)))
    change_state(application, State.IDENTIFIED, Reason.CARD_READ)
    decision = residency.decide(application.address)
    _note_residency(application, decision)
    approval = _approval(application)
    if approval and _take_over_form_values(application, approval):
        same = (getattr(application, name) == getattr(approval, name) for name in IDENTITY_COLUMNS)
        if all(same):
            _decide(application, decision)
    for other in abandoned:
        _take_over_form_values(application, other)
        close(other, Reason.REPLACED)
    store(application)
    return application


def _take_over_form_values(application: Application, earlier: Application) -> bool:
    """Give the application what its person typed in an earlier one; False where it has its own."""
    if any(getattr(application, name) for name in PERSONAL_FORM_COLUMNS):
        return False
    for name in FORM_COLUMNS:
        setattr(application, name, getattr(earlier, name))
    return True


def enter(
    *, application: Application, accepted: Mapping[str, str], decision: ResidencyDecision
) -> None:
    """Store the accepted form of an identified draft, locked by the caller, and decide.

    `decision` is that on the verified address; outside the area nothing is accepted. The state says
    what comes next. entered: to be confirmed. refused, review: decided.
    """
    for name, value in accepted.items():
        setattr(application, name, value)
    application.language = get_language()
    _decide(application, decision)
    store(application)


def _decide(application: Application, decision: ResidencyDecision) -> None:
    _note_residency(application, decision)
    if not decision.eligible:
        _refuse_outside_area(application, decision)
        return
    person = application.as_applicant()
    duplicates = find_duplicates(applicant=person)
    # Staff must look: no first password, or text that cannot be stored and printed.
    unclear = not (is_complete(person.birth_date) and person.can_be_stored)
    application.decision = None
    if (duplicates.patron_ids or unclear) and (approval := _approval(application)):
        assert approval.decision is not None
        application.decision = approval.decision
        duplicates = find_duplicates(applicant=person, cleared_ids=approval.decision.cleared_ids)
        unclear = not person.can_be_stored
    application.candidate_ids = list(duplicates.hint_ids)
    if duplicates.patron_ids:
        _suspect(application, duplicates)
    elif unclear:
        _to_review(application, Reason.UNCLEAR_IDENTITY)
    elif _update_open_review(application):
        _refuse_for_open_review(application)
    else:
        change_state(application, State.ENTERED, Reason.ENTERED)


def _refuse_outside_area(application: Application, decision: ResidencyDecision) -> None:
    unreadable = decision.reason == ResidencyReason.UNREADABLE
    why = Reason.ADDRESS_UNREADABLE if unreadable else Reason.OUTSIDE_AREA
    change_state(application, State.REFUSED, why)


def _note_residency(application: Application, decision: ResidencyDecision) -> None:
    application.municipality_code = decision.municipality_code or ""
    application.residency_reason = decision.reason
    application.residency_rule_version = decision.rule_version


def _approval(application: Application, *, lock: bool = False) -> Application | None:
    """Return the case that staff closed in favour of one person, name and birth date."""
    named = {"name": application.name, "birth_date": application.birth_date}
    approved = application.of_same_person().approved().filter(**named)
    if lock:
        approved = approved.select_for_update(of=("self",))
    return approved.select_related("decision").only_one()


@transaction.atomic
def register(*, application_id: UUID, mark: str = "") -> Application:
    """Make the confirmed application a patron, with its mail and inbox message, all or nothing.

    `mark` is the digest of what the applicant was shown, "" where that is not told; ContentChanged
    is raised where that is another now. The state says what came of it: registered (also when an
    earlier request did it); refused or review for a possible double registration; confirmed when no
    number is left, with nothing lost.
    """
    application = locked(application_id)
    if application.state not in ENTERED_STATES:
        return application
    if mark and not constant_time_compare(mark, application.mark()):
        raise ContentChanged(application)
    application.language = get_language()
    if application.state != State.CONFIRMED:
        change_state(application, State.CONFIRMED, Reason.CONFIRMED)
    decision = residency.decide(application.address)
    _note_residency(application, decision)
    if not decision.eligible:
        _refuse_outside_area(application, decision)
        store(application)
        return application
    approval = _approval(application, lock=True) if application.decision_id else None
    try:
        patron = register_patron(
            applicant=application.as_applicant(),
            residency=decision,
            cleared_ids=approval.decision.cleared_ids if approval and approval.decision else (),
        )
    except DuplicateSuspected as suspicion:
        _suspect(application, suspicion.decision)
    except NumbersExhausted:
        logger.error("no patron number left", extra={"event": "numbers_exhausted"})
    else:
        send(
            patron=patron,
            kind=NoticeKind.REGISTRATION_RECEIVED,
            recipient=patron.email,
            **application_received(patron=patron)._asdict(),
        )
        application.patron, application.registered_at = patron, patron.registered_at
        if approval and (said := approval.decision):
            application.decision = said
            # Else the search for doubles would ask staff the same again.
            note_other_people(
                patron=patron, others=said.cleared_ids, staff_id=said.staff_id, note=said.note
            )
            close(approval, Reason.REGISTERED)
        change_state(application, State.REGISTERED, Reason.REGISTERED)
    store(application)
    return application


@transaction.atomic
def reset(*, application_id: UUID) -> Application:
    """Clear what was typed and keep the identity (リセット)."""
    application = locked(application_id)
    if application.state in OPEN_STATES:
        for name in FORM_COLUMNS:
            setattr(application, name, "")
        if application.state in ENTERED_STATES:
            change_state(application, State.IDENTIFIED, Reason.RESET)
        store(application)
    return application


@transaction.atomic
def cancel(*, application_id: UUID) -> Application:
    """End the application at the applicant's request (キャンセル): its content is erased."""
    application = locked(application_id)
    if application.state in OPEN_STATES:
        close(application, Reason.CANCELLED)
    return application


def _suspect(application: Application, decision: DuplicateDecision) -> None:
    application.decision = None
    application.duplicate_reason = decision.reason
    application.candidate_ids = [*decision.patron_ids, *decision.hint_ids]
    # Who has proved to be one patron goes on with the card alone; the others are for the staff, and
    # may not go on guessing the patron's phone number meanwhile.
    phone = "" if application.of_same_person().in_review().exists() else application.phone
    found = find_patron(card=application.as_applicant(), phone=phone)
    if found.verdict in (LinkVerdict.LINKED, LinkVerdict.PROVED):
        change_state(application, State.REFUSED, Reason.DUPLICATE)
    else:
        _to_review(application, Reason.DUPLICATE)


def _to_review(application: Application, reason: Reason) -> None:
    if _update_open_review(application):
        unclear = reason == Reason.UNCLEAR_IDENTITY
        _refuse_for_open_review(application, reason if unclear else Reason.OPEN_REVIEW)
        return
    change_state(application, State.REVIEW, reason)
    receipts.give(application)
    receipts.mail(application)
    # What staff said before does not cover this: they look again, at everybody.
    approved = application.of_same_person().filter(state=State.APPROVED)
    for former in approved.select_for_update(of=("self",)):
        close(former, Reason.REPLACED)


def _update_open_review(application: Application) -> bool:
    """Give the person's open review, if there is one, what was typed last, and the language.

    The application gets the receipt of then, which is mailed where the address is another now.
    """
    reviews = application.of_same_person().in_review()
    typed = {name: getattr(application, name) for name in (*FORM_COLUMNS, "language")}
    review = reviews.select_for_update(of=("self",)).only_one()
    if review is None:
        return False
    application.receipt_no, application.answer_by = review.receipt_no, review.answer_by
    if application.email != review.email:
        receipts.mail(application)
    return bool(reviews.update(**typed))


def _refuse_for_open_review(application: Application, why: Reason = Reason.OPEN_REVIEW) -> None:
    application.duplicate_reason = why
    change_state(application, State.REFUSED, Reason.OPEN_REVIEW)
