"""What this room holds about a patron: the titles asked for, until some time after their end."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from mylibrary.requests.models import PurchaseSuggestion, TitleDecision
from mylibrary.requests.services import erase_suggestions
from patrons.models import Patron
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)

_TYPED = ("title", "author", "publisher", "year", "isbn", "remark")


def sections(patron: Patron) -> Iterator[Section]:
    """Tell what was asked for and answered; neither who decided nor their notes."""
    yield Section(
        key="purchase_suggestions",
        title=_("リクエスト"),
        records=tuple(_suggestion(one) for one in PurchaseSuggestion.objects.of_patron(patron)),
        headings=("title", "state"),
    )


def erase(patron: Patron) -> None:
    erase_suggestions(patron=patron)


def _suggestion(suggestion: PurchaseSuggestion) -> Record:
    answer = suggestion.answer
    return (
        *(column(suggestion, name) for name in _TYPED),
        column(suggestion, "asked_at"),
        Datum("state", _("状況"), suggestion.state.value, suggestion.state.label),
        Datum("answered_at", _("回答の日時"), answer.decided_at if answer else None),
        Datum(
            "reason",
            _("お応えできない理由"),
            answer.reason if answer else "",
            answer.get_reason_display() if answer else "",
        ),
        Datum("answer", _("図書館からの説明"), answer.sentence if answer else ""),
        column(suggestion, "told_at"),
        column(suggestion, "withdrawn_at"),
    )


register(
    Provider(
        models={
            PurchaseSuggestion: Handling(),
            TitleDecision: Handling(
                not_told="Names staff; the decision itself is told with the request it answers.",
                kept="The record of what staff decided on a title; it names no patron at all.",
            ),
        },
        sections=sections,
        erase=erase,
    )
)
