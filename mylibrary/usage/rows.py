"""The lists of 利用状況: each kind of row is rendered once per process, and filled for each item.

Sixty rows by Django's nodes would take longer than all the rest of the page. What is kept between
two pages are words that many rows share: states, days and reasons, no title and nobody's.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import lru_cache
from html import escape
from operator import attrgetter
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

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
# All but these decides what the row of a loan or hold says, and tells of nobody.
_OWN = {"pk", "title", "record", "pickup"}
_SHARED = tuple(field.name for field in fields(Document) if field.name not in _OWN)
_shared = attrgetter(*_SHARED)


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
                    today,
                    can_renew(loan, capabilities),
                    _is_linked(loan),
                    outcomes.get(loan.pk),
                    _shared(loan),
                ),
            )
            for loan in account.loans
        )
    )


def holds(account: Account, capabilities: frozenset[Capability]) -> SafeString:
    """Return the rows of the holds: what is ready, what is on its way, what waits, what is over."""
    language = get_language() or ""
    places = {hold.pickup: words.place_of(hold) for hold in account.holds}
    found = sorted(account.holds, key=lambda hold: _ORDER.index(hold.status))
    return SafeString(
        "".join(
            _filled(
                hold,
                _hold(
                    language,
                    places[hold.pickup],
                    can_change(hold, capabilities),
                    _is_linked(hold),
                    _shared(hold),
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
    language: str,
    today: date,
    can_renew: bool,
    is_linked: bool,
    outcome: str | None,
    shared: tuple[Any, ...],
) -> str:
    loan = _of_nobody(shared)
    context = {
        "is_linked": is_linked,
        "is_late": loan.due is not None and loan.due < today,
        "can_renew": can_renew,
        "due": words.due(loan.due, today) if loan.due else "",
        "said": words.of_loan(loan, outcome),
    }
    return _skeleton("mylibrary/usage/loan.html", language, context)


@lru_cache(maxsize=2048)
def _hold(
    language: str, place: str, can_change: bool, is_linked: bool, shared: tuple[Any, ...]
) -> str:
    hold = _of_nobody(shared)
    context = {
        "is_linked": is_linked,
        "can_change": can_change,
        "shape": _SHAPES[hold.status],
        "state": words.state_of(hold),
        "where": words.of_hold(hold, place),
        "asked": words.asked_of(hold),
    }
    return _skeleton("mylibrary/usage/hold_row.html", language, context)


def _of_nobody(shared: tuple[Any, ...]) -> Document:
    return Document(pk=0, title="", **dict(zip(_SHARED, shared, strict=True)))


def _skeleton(template: str, language: str, context: Mapping[str, Any]) -> str:
    """Return a row with places for what is the item's own."""
    places = {name: f"\0{name}\0" for name in ("pk", "title", "lang", "address")}
    rendered = render_to_string(template, {"LANGUAGE_CODE": language, **context, **places})
    # Without the line breaks between elements: sixty times, they are a tenth of the page.
    row = re.sub(r">\s+<", "><", rendered.strip())
    row = row.replace("{", "{{").replace("}", "}}")
    for name, place in places.items():
        row = row.replace(place, f"{{{name}}}")
    return row


def _filled(row: Document, skeleton: str) -> str:
    record = row.record
    return skeleton.format(
        pk=row.pk,
        title=escape(row.title),
        lang=words.lang_of(row),
        address=_some_record().replace("/1/", f"/{record.pk}/") if record else "",
    )


def _is_linked(row: Document) -> bool:
    return row.record is not None and row.record.deleted_at is None


@lru_cache(maxsize=1)
def _some_record() -> str:
    """Return the address of record 1: resolving those of sixty takes a while."""
    return reverse("catalog:record", args=[1])
