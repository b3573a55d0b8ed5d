"""Setting and ending 情報秘匿, and looking at what is withheld: staff with the permission alone."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import end_all_logins
from audit.enums import Event
from audit.services import record
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.models import Patron
from patrons.services import lock_for_change
from patrons.withholding.models import OpeningReason, WithholdingAct, WithholdingStep
from patrons.withholding.shown import HIDDEN


class NotWithheld(Exception):
    """Nothing of the patron is withheld (any more): there is nothing to open."""


@transaction.atomic
def withhold(*, patron: Patron, staff: User, note: str) -> bool:
    """Withhold where a patron is found, at the person's request; False where that is so already.

    Every login ends: it may have been opened by a card, or be somebody else's. Raises PatronErased.
    """
    stored = lock_for_change(patron=patron)
    if stored.is_withheld:
        return False
    stored.withheld_at = timezone.now()
    # Not `updated_at`: the library system knows nothing of it.
    stored.save(update_fields=["withheld_at"])
    if stored.user:
        end_all_logins(user=stored.user)
    # Nor are digits any use that lie in a mailbox which may be shared.
    mailed = FirstLoginCode.objects.of(stored).filter(kind=CodeKind.MAIL)
    mailed.not_ended().update(ended_at=stored.withheld_at)
    _keep(stored, staff, WithholdingStep.WITHHELD, note)
    record(Event.WITHHELD, patron_id=stored.pk, actor=staff)
    return True


@transaction.atomic
def end_withholding(*, patron: Patron, staff: User, note: str) -> bool:
    """Withhold nothing any more, at the person's request; False where nothing was.

    Raises PatronErased.
    """
    stored = lock_for_change(patron=patron)
    if not stored.is_withheld:
        return False
    stored.withheld_at = None
    stored.save(update_fields=["withheld_at"])
    _keep(stored, staff, WithholdingStep.ENDED, note)
    record(Event.WITHHOLDING_ENDED, patron_id=stored.pk, actor=staff)
    return True


def was_withheld(patron: Patron, since: datetime) -> bool:
    """Return whether 情報秘匿 was set at some moment since, even if it is over."""
    acts = WithholdingAct.objects.filter(patron=patron, step=WithholdingStep.WITHHELD)
    return acts.filter(at__gte=since).exists()


@transaction.atomic
def open_withheld(*, patron: Patron, staff: User, reason: OpeningReason, note: str) -> Patron:
    """Return a withheld patron as stored, after recording who looks and why.

    Raises NotWithheld and PatronErased.
    """
    stored = lock_for_change(patron=patron)
    if not stored.is_withheld:
        raise NotWithheld
    _keep(stored, staff, WithholdingStep.OPENED, note, reason)
    record(
        Event.WITHHELD_OPENED,
        patron_id=stored.pk,
        reason=reason,
        fields=sorted(HIDDEN),
        actor=staff,
    )
    return stored


def _keep(
    patron: Patron, staff: User, step: WithholdingStep, note: str, reason: OpeningReason | str = ""
) -> None:
    WithholdingAct.objects.create(patron=patron, staff=staff, step=step, reason=reason, note=note)
