"""Staff's decisions on applications in review, and the use of the links mailed with them."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from audit.enums import Event
from audit.services import record
from notices.enclosures import Enclosed, MailedLinkDead, row_id
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import Message
from patrons.identity_link_services import link_by_staff
from patrons.models import IdentityLink, Patron
from patrons.services import find_duplicates
from registration.application.enums import ApplicationState as State
from registration.application.enums import Reason
from registration.application.lifecycle import change_state, store
from registration.application.models import Application
from registration.review import emails as review_emails
from registration.review import enclosures
from registration.review import mailed_link as review_links
from registration.review.enums import Verdict
from registration.review.errors import CaseChanged, CaseClosed, VerdictImpossible
from registration.review.models import ReviewDecision
from ui.stale_page import mark_of


@dataclass(frozen=True, kw_only=True)
class Case:
    """An application with the patrons it may be, as stored now; a candidate's active links are
    its `cards`."""

    application: Application
    candidates: list[Patron]
    decisions: list[ReviewDecision]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What may be decided: who cannot be stored cannot register, and nobody is no one."""
        possible = [Verdict.DEFERRED, Verdict.COUNTER]
        if self.application.as_applicant().can_be_stored:
            possible.insert(0, Verdict.OTHER_PERSON)
        if self.possible:
            possible.insert(0, Verdict.SAME_PERSON)
        return possible

    @property
    def possible(self) -> list[Patron]:
        """The candidates whom the applicant's card can be linked to."""
        return [patron for patron in self.candidates if patron.withdrawn_at is None]

    def is_linked(self, patron: Patron) -> bool:
        """Return whether the applicant's card is linked to a candidate already."""
        person = (self.application.issuer, self.application.subject)
        return person in [(card.issuer, card.subject) for card in _cards(patron)]

    def has_other_card(self, patron: Patron) -> bool:
        """Return whether a candidate has another card, whose link would have to be revoked."""
        return bool(_cards(patron)) and not self.is_linked(patron)

    @cached_property
    def mark(self) -> str:
        """A keyed digest of all that staff see of the case, so that a stale page is recognised."""
        seen: list[object] = [self.application.mark(), self.application.state]
        seen += [decision.pk for decision in self.decisions]
        for patron in self.candidates:
            cards = [card.pk for card in _cards(patron)]
            seen.append((patron.pk, patron.updated_at, patron.withdrawn_at, cards))
        return mark_of("case", seen)


def _cards(candidate: Any) -> list[IdentityLink]:
    return candidate.cards


def case_of(application: Application) -> Case:
    """Collect what staff see of a case: the candidates of then and those of now."""
    ids = set(application.candidate_ids)
    if application.state == State.REVIEW:
        now = find_duplicates(applicant=application.as_applicant())
        ids |= {*now.patron_ids, *now.hint_ids}
    cards = IdentityLink.objects.active().order_by("pk")
    candidates = Patron.objects.filter(pk__in=ids).order_by("pk")
    return Case(
        application=application,
        candidates=list(candidates.prefetch_related(Prefetch("identity_links", cards, "cards"))),
        decisions=list(application.decisions.select_related("staff", "patron")),
    )


@transaction.atomic
def decide(
    *,
    application: Application,
    staff: User,
    verdict: Verdict,
    note: str,
    mark: str,
    patron_id: int | None = None,
    replace_card: bool = False,
) -> ReviewDecision:
    """Record a decision and bring it about, mail included: all of it or nothing.

    `mark` is what the page in front of the staff showed (`Case.mark`). `patron_id` is the candidate
    for SAME_PERSON. Raises CaseClosed or CaseChanged where somebody else was first,
    VerdictImpossible, and LinkRefused where the card cannot be linked.
    """
    stored = Application.objects.locked(application.pk)
    if stored.state != State.REVIEW:
        raise CaseClosed
    case = case_of(stored)
    if not constant_time_compare(mark, case.mark):
        raise CaseChanged
    if verdict not in case.verdicts:
        raise VerdictImpossible
    patron = _chosen(case, verdict, patron_id)
    decision = ReviewDecision.objects.create(
        application=stored,
        verdict=verdict,
        note=note,
        patron=patron,
        cleared_ids=_cleared(case, verdict),
        staff=staff,
    )
    record(
        Event.REGISTRATION_DECIDED,
        patron_id=patron.pk if patron else None,
        reason=verdict,
        object_type=stored._meta.label_lower,
        object_id=stored.pk,
        actor=staff,
    )
    match verdict:
        case Verdict.SAME_PERSON:
            _link(stored, decision, replace_card=replace_card)
        case Verdict.OTHER_PERSON:
            _approve(stored, decision)
        case Verdict.COUNTER:
            email = _end(stored, decision, State.REFUSED, Reason.COUNTER)
            _mail(email, NoticeKind.REVIEW_COUNTER, review_emails.to_counter())
    return decision


def use_link(*, key: str) -> Application:
    """Take a mailed link for used, return its application; raises MailedLinkDead."""
    application_id = row_id(key)
    if application_id is None:
        raise MailedLinkDead
    with transaction.atomic():
        found = Application.objects.filter(pk=application_id).select_related("decision")
        application = found.select_for_update(of=("self",)).first()
        if application is None or not review_links.opens(key, application):
            raise MailedLinkDead
        application.link_used_at = timezone.now()
        application.save(update_fields=["link_used_at"])
    return application


def look_at_link(*, key: str) -> Application:
    """Return a link's application, using nothing up; raises MailedLinkDead where it is over."""
    application_id = row_id(key)
    if application_id is None:
        raise MailedLinkDead
    found = Application.objects.filter(pk=application_id).select_related("decision")
    application = found.only_one()
    if application is None or not review_links.opens(key, application):
        raise MailedLinkDead
    return application


def _chosen(case: Case, verdict: Verdict, patron_id: int | None) -> Patron | None:
    if verdict != Verdict.SAME_PERSON:
        return None
    for patron in case.possible:
        if patron.pk == patron_id:
            return patron
    raise VerdictImpossible


def _cleared(case: Case, verdict: Verdict) -> list[int]:
    if verdict != Verdict.OTHER_PERSON:
        return []
    return [patron.pk for patron in case.candidates]


def _link(application: Application, decision: ReviewDecision, *, replace_card: bool) -> None:
    assert decision.patron_id is not None
    patron = link_by_staff(
        patron_id=decision.patron_id,
        issuer=application.issuer,
        subject=application.subject,
        replace_card=replace_card,
    )
    email = _end(application, decision, State.REFUSED, Reason.SAME_PERSON)
    assert application.link_until is not None
    message = review_emails.found(until=application.link_until)
    _mail(email, NoticeKind.REVIEW_FOUND, message, Enclosed(enclosures.LINK, application.pk))
    # Were the decision wrong, the holder of the record would learn of it here.
    told = review_emails.mynumber_linked()
    send(
        patron=patron,
        kind=NoticeKind.MYNUMBER_LINKED,
        subject=told.subject,
        body=told.body,
        recipient="" if patron.email == email else patron.email,
    )


def _approve(application: Application, decision: ReviewDecision) -> None:
    email = _end(application, decision, State.APPROVED, Reason.OTHER_PERSON)
    assert application.link_until is not None
    message = review_emails.approved(until=application.link_until)
    _mail(email, NoticeKind.REVIEW_APPROVED, message, Enclosed(enclosures.LINK, application.pk))


def _end(application: Application, decision: ReviewDecision, after: State, reason: Reason) -> str:
    """Move a case out of review; return the address that was typed, which may be erased now."""
    email = application.email
    application.decision = decision
    application.link_until = timezone.now() + timedelta(days=settings.REVIEW_LINK_DAYS)
    change_state(application, after, reason)
    store(application)
    return email


def _mail(
    recipient: str, kind: NoticeKind, message: Message, enclosed: Enclosed | None = None
) -> None:
    send(patron=None, kind=kind, recipient=recipient, enclosed=enclosed, **message._asdict())
