"""Staff's decisions on applications in review, and the use of the links mailed with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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
from notices.texts import message
from patrons.identity_link_services import link_by_staff
from patrons.models import IdentityLink, Patron
from patrons.services import find_duplicates
from registration.application.enums import Reason, State
from registration.application.lifecycle import change_state, locked, store
from registration.application.models import Application
from registration.review import emails
from registration.review.models import ReviewDecision, Verdict
from ui.stale_page import mark_of


class CaseClosed(Exception):
    """The case is no longer in review: somebody else decided it, or its time was over."""


class CaseChanged(Exception):
    """The case no longer is what the page in front of the staff showed."""


class VerdictImpossible(Exception):
    """What was decided cannot be brought about for this case."""


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
        """The candidates whom the applicant's card can be linked to: none that is withheld."""
        active = [patron for patron in self.candidates if patron.withdrawn_at is None]
        return [patron for patron in active if not patron.is_withheld]

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
            changed = (patron.updated_at, patron.withdrawn_at, patron.withheld_at)
            seen.append((patron.pk, *changed, cards))
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
    stored = locked(application.pk)
    if stored.state != State.REVIEW:
        raise CaseClosed
    case = case_of(stored)
    if not constant_time_compare(mark, case.mark):
        raise CaseChanged
    patron = None
    if verdict == Verdict.SAME_PERSON:
        patron = next((patron for patron in case.possible if patron.pk == patron_id), None)
    if verdict not in case.verdicts or (verdict == Verdict.SAME_PERSON and patron is None):
        raise VerdictImpossible
    cleared = case.candidates if verdict == Verdict.OTHER_PERSON else []
    decision = ReviewDecision.objects.create(
        application=stored,
        verdict=verdict,
        note=note,
        patron=patron,
        cleared_ids=[candidate.pk for candidate in cleared],
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
            email, until = _end(stored, decision, State.APPROVED, Reason.OTHER_PERSON)
            _mail_link(stored, email, NoticeKind.REVIEW_APPROVED, "approved", until)
        case Verdict.COUNTER:
            email, _ = _end(stored, decision, State.REFUSED, Reason.COUNTER)
            text = message("registration/review/mails/to_counter.txt", stored.language)
            kind = NoticeKind.REVIEW_COUNTER
            send(patron=None, kind=kind, recipient=email, **text._asdict())
    return decision


def _link(application: Application, decision: ReviewDecision, *, replace_card: bool) -> None:
    assert decision.patron_id is not None
    patron = link_by_staff(
        patron_id=decision.patron_id,
        issuer=application.issuer,
        subject=application.subject,
        replace_card=replace_card,
    )
    email, until = _end(application, decision, State.REFUSED, Reason.SAME_PERSON)
    _mail_link(application, email, NoticeKind.REVIEW_FOUND, "found", until)
    # Were the decision wrong, the holder of the record would learn of it here.
    send(
        patron=patron,
        kind=NoticeKind.MYNUMBER_LINKED,
        recipient="" if patron.email == email else patron.email,
        **message("registration/review/mails/mynumber_linked.txt", patron.language)._asdict(),
    )


def _end(
    application: Application, decision: ReviewDecision, after: State, reason: Reason
) -> tuple[str, datetime]:
    """Move a case out of review; return the address, now perhaps erased, and a link's end."""
    email, until = application.email, timezone.now() + timedelta(days=settings.REVIEW_LINK_DAYS)
    application.decision = decision
    application.link_until = until
    change_state(application, after, reason)
    store(application)
    return email, until


def _mail_link(
    application: Application, email: str, kind: NoticeKind, mail: str, until: datetime
) -> None:
    enclosed = Enclosed(emails.ENCLOSURE, application.pk)
    text = message(f"registration/review/mails/{mail}.txt", application.language, until=until)
    send(patron=None, kind=kind, recipient=email, enclosed=enclosed, **text._asdict())


@transaction.atomic
def open_link(*, key: str, use: bool = False) -> Application:
    """Return a mailed link's application; with `use` the link is used up. Raises MailedLinkDead."""
    row = row_id(key)
    if row is None:
        raise MailedLinkDead
    found = Application.objects.filter(pk=row).select_related("decision")
    application = (found.select_for_update(of=("self",)) if use else found).only_one()
    if application is None or not emails.opens(key, application):
        raise MailedLinkDead
    if use:
        application.link_used_at = timezone.now()
        application.save(update_fields=["link_used_at"])
    return application
