"""What is lent to a patron, held for one, and kept of what was read."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from circulation.files import personal_data as files
from circulation.local.hold_shelf import end
from circulation.local.locks import lock_record
from circulation.models import HistoryChoice, Hold, Loan, ReadingHistory
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


def sections(patron: Patron) -> Iterator[Section]:
    """Tell the loans, the holds, and what was read where that is kept."""
    loans = Loan.objects.of(patron).with_record().select_related("branch")
    yield Section(
        key="loans",
        title=_("借りている資料"),
        records=tuple(_loan(loan) for loan in loans),
        headings=("title",),
    )
    holds = Hold.objects.of(patron).with_record().select_related("pickup")
    yield Section(
        key="holds",
        title=_("予約している資料"),
        records=tuple(_hold(hold) for hold in holds),
        headings=("title",),
    )
    chosen = HistoryChoice.objects.filter(patron=patron)
    yield Section(
        key="history_choice",
        title=_("読書記録を残す選択"),
        records=tuple((column(one, "chosen_at"),) for one in chosen),
        headings=("chosen_at",),
    )
    read = patron.reading_history.with_record()
    yield Section(
        key="reading_history",
        title=_("読書記録"),
        records=tuple(_read(one) for one in read),
        headings=("title",),
    )


def erase(patron: Patron) -> None:
    """End the holds and delete what was read; the items on the hold shelf go to the next."""
    patron.reading_history.all().delete()
    HistoryChoice.objects.filter(patron=patron).delete()
    # One order for all: two erasures at once may meet in several records.
    holds = Hold.objects.of(patron).order_by("record_id", "pk")
    for hold_id, record_id in holds.values_list("pk", "record_id"):
        if record_id:
            lock_record(record_id)
        # What a library system's snapshot tells of at this moment goes with the next one.
        hold = Hold.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=hold_id)
        for one in hold:
            if one.number or not one.item_number:
                one.delete()
            else:
                end(one)


def _loan(loan: Loan) -> Record:
    return (
        Datum("title", _("書名"), str(loan.record or loan.title)),
        column(loan, "item_number"),
        column(loan, "branch", str(loan.branch or "")),
        column(loan, "lent_at"),
        column(loan, "due"),
        column(loan, "renewals"),
    )


def _hold(hold: Hold) -> Record:
    return (
        Datum("title", _("書名"), str(hold.record or hold.title)),
        column(hold, "state"),
        Datum("pickup", _("受取館"), str(hold.pickup or "")),
        column(hold, "asked_at"),
        column(hold, "suspended_until"),
        column(hold, "item_number"),
        column(hold, "ready_at"),
        column(hold, "keep_until"),
        column(hold, "shelf_number"),
    )


def _read(one: ReadingHistory) -> Record:
    return (
        Datum("title", _("書名"), str(one.record or one.title)),
        column(one, "lent_on"),
        column(one, "returned_on"),
    )


__all__ = ["erase", "files", "sections"]

register(
    Provider(
        models={
            Loan: Handling(
                kept="An item that is out has to come back: the loan names a row that is empty but"
                " for its number, and goes with the return."
            ),
            Hold: Handling(),
            HistoryChoice: Handling(),
            ReadingHistory: Handling(),
        },
        sections=sections,
        erase=erase,
    )
)
