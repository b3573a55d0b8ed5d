"""Whose record a member of staff should not open unseen: it is recorded, and 管理 is told.

Who is whose family is known by the address alone, and only of staff whose own number is known.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from audit.enums import Event, NotableReason
from audit.models import NotableOpening
from audit.services import record
from patrons.models import Patron


class PatronWatch:
    """Answers what `staff.watch` asks."""

    def number_of(self, typed: str) -> str | None:
        return Patron.objects.with_number(typed).values_list("number", flat=True).first()

    def opened(self, *, staff: User, each: Sequence[tuple[int | None, Any]], kind: str) -> None:
        """Record each patron whom this concerns, once a day: one query where it concerns nobody."""
        objects = {patron: key for patron, key in each if patron is not None}
        if not objects:
            return
        home = Patron.objects.filter(number=staff.patron_number).exclude(address_key="")
        colleagues = User.objects.filter(
            is_staff=True, is_active=True, patron_number=OuterRef("number")
        )
        today = NotableOpening.objects.filter(
            event=Event.NOTABLE_OPENED,
            actor_id=staff.pk,
            patron_id=OuterRef("pk"),
            at__gte=timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0),
        )
        opened = Patron.objects.filter(~Exists(today), pk__in=objects, erased_at=None).annotate(
            is_colleague=Exists(colleagues.exclude(pk=staff.pk)),
            home=Subquery(home.values("address_key")),
        )
        for patron in opened.only("number", "withheld_at", "address_key"):
            if reason := _reason(patron, staff):
                record(
                    Event.NOTABLE_OPENED,
                    patron_id=patron.pk,
                    object_type=kind,
                    object_id=objects[patron.pk],
                    reason=reason,
                )


def _reason(patron: Any, staff: User) -> NotableReason | None:
    if staff.patron_number and patron.number == staff.patron_number:
        return NotableReason.OWN
    if patron.is_colleague:
        return NotableReason.COLLEAGUE
    # Before the family: whoever reads it must not learn where a withheld patron lives.
    if patron.is_withheld:
        return NotableReason.WITHHELD
    return NotableReason.FAMILY if patron.home and patron.home == patron.address_key else None
