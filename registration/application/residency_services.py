"""Writes after a change of the residency rule: decisions on open applications are taken again."""

from collections.abc import Iterator

from patrons.residency import RULES, RuleTable
from patrons.residency_services import BATCH_SIZE, Batch, recheck
from registration.application.models import Application


def recheck_applications(
    *, write: bool, rules: RuleTable = RULES, batch_size: int = BATCH_SIZE
) -> Iterator[Batch]:
    """Decide anew on the addresses of drafts and reviews, see `patrons.residency_services`.

    No application changes its state or its time: a draft is decided again when it is entered and
    confirmed, a review by the staff.
    """
    return recheck(
        rows=Application.objects.decided_and_open(),
        label="pk",
        write=write,
        rules=rules,
        batch_size=batch_size,
    )
