"""The lists of 利用状況: each kind of row is rendered once per process, and filled for each item.

Sixty rows by Django's nodes would take longer than all the rest of the page. What is kept between
two pages are words that many rows share: states, days and reasons, no title and nobody's.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from html import escape

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from catalog.records.availability import branch_name
from circulation.port import Account, Capability, Document, Status
from mylibrary.usage import words

_SHAPES = {
    Status.RESERVED: "out",
    Status.ORDERED: "out",
    Status.PROVIDED: "in",
    Status.REJECTED: "unknown",
}
_ORDER = [Status.PROVIDED, Status.ORDERED, Status.RESERVED, Status.REJECTED]
_CHANGES = {Capability.CHANGE_PICKUP, Capability.SUSPEND}


def loans(
    account: Account,
    capabilities: frozenset[Capability],
    today: date,
    outcomes: Mapping[int, str],
) -> SafeString:
    """Return the rows of the loans, the overdue first as they are the first due."""
    language = get_language() or ""
    return SafeString(
        "".join(
            _filled(
                loan,
                _loan(
                    language,
                    _is_linked(loan),
                    loan.due is not None and loan.due < today,
                    can_renew(loan, capabilities),
                    words.due_in(loan.due, today, language) if loan.due else "",
                    words.of_loan(loan, outcomes.get(loan.pk)),
                ),
            )
            for loan in account.loans
        )
    )


def holds(account: Account, capabilities: frozenset[Capability]) -> SafeString:
    """Return the rows of the holds: what is ready, what is on its way, what waits, what is over."""
    language = get_language() or ""
    pickups = {hold.pickup for hold in account.holds}
    places = {one: branch_name(one) if one else gettext("窓口") for one in pickups}
    found = sorted(account.holds, key=lambda hold: _ORDER.index(hold.status))
    return SafeString(
        "".join(
            _filled(
                hold,
                _hold(
                    language,
                    _is_linked(hold),
                    can_change(hold, capabilities),
                    _SHAPES[hold.status],
                    words.state_of(hold),
                    words.of_hold_at(hold, places[hold.pickup], language),
                    words.asked_of(hold),
                ),
            )
            for hold in found
        )
    )


def can_renew(loan: Document, capabilities: frozenset[Capability]) -> bool:
    return loan.refusal is None and loan.asked is None and Capability.RENEW in capabilities


def can_change(hold: Document, capabilities: frozenset[Capability]) -> bool:
    """Return whether anything of a hold can be changed or taken back."""
    is_open = hold.can_change and not _CHANGES.isdisjoint(capabilities)
    return hold.asked is None and (is_open or may_cancel(hold, capabilities))


def may_cancel(hold: Document, capabilities: frozenset[Capability]) -> bool:
    return hold.asked is None and hold.can_cancel and Capability.CANCEL in capabilities


@lru_cache(maxsize=2048)
def _loan(
    language: str, is_linked: bool, is_late: bool, can_renew: bool, due: str, said: str
) -> str:
    kind = {"is_linked": is_linked, "is_late": is_late, "can_renew": can_renew}
    return _skeleton("mylibrary/usage/loan.html", language, kind, {"due": due, "said": said})


@lru_cache(maxsize=2048)
def _hold(
    language: str,
    is_linked: bool,
    can_change: bool,
    shape: str,
    state: str,
    where: str,
    asked: str,
) -> str:
    kind = {"is_linked": is_linked, "can_change": can_change}
    told = {"shape": shape, "state": state, "where": where, "asked": asked}
    return _skeleton("mylibrary/usage/hold_row.html", language, kind, told)


def _skeleton(
    template: str, language: str, kind: Mapping[str, bool], told: Mapping[str, str]
) -> str:
    """Return a row with places for what is the item's own."""
    places = {name: f"\0{name}\0" for name in ("pk", "title", "lang", "address")}
    context = {"LANGUAGE_CODE": language, **kind, **told, **places}
    # Without the line breaks between elements: sixty times, they are a tenth of the page.
    row = re.sub(r">\s+<", "><", render_to_string(template, context).strip())
    row = row.replace("{", "{{").replace("}", "}}")
    for name, place in places.items():
        row = row.replace(place, f"{{{name}}}")
    return row


def _filled(row: Document, skeleton: str) -> str:
    record = row.record
    return skeleton.format(
        pk=row.pk,
        title=escape(row.title),
        lang=record.lang if record else "ja",
        address=_some_record().replace("/1/", f"/{record.pk}/") if record else "",
    )


def _is_linked(row: Document) -> bool:
    return row.record is not None and row.record.deleted_at is None


@lru_cache(maxsize=1)
def _some_record() -> str:
    """Return the address of record 1: resolving those of sixty takes a while."""
    return reverse("catalog:record", args=[1])
