"""What My Library itself holds about a patron."""

from collections.abc import Iterator

from django.utils import timezone

from mylibrary.enums import DeclineReason, ErasureState
from mylibrary.models import ErasureRequest, LinkOffer
from patrons.held_data import Entry, Held, Provider, Record, Section, register
from patrons.models import Patron


def sections(patron: Patron) -> Iterator[Section]:
    """Tell the requests for erasure, the newest first; neither who decided nor the staff's note."""
    yield Section(
        key="erasure_requests",
        title="個人情報の消去の申し込み",
        records=tuple(_request(one) for one in ErasureRequest.objects.of_patron(patron)),
        headings=("requested_at", "state"),
    )


def erase(patron: Patron) -> None:
    """Delete the offers to link a card; a request that is still open has come true."""
    LinkOffer.objects.of_patron(patron).delete()
    ErasureRequest.objects.of_patron(patron).open().update(
        state=ErasureState.LAPSED, closed_at=timezone.now()
    )


def _request(request: ErasureRequest) -> Record:
    state = ErasureState(request.state)
    reason = DeclineReason(request.reason).label if request.reason else ""
    return (
        Entry("requested_at", "申し込みの日時", request.requested_at),
        Entry("state", "状態", state.value, state.label),
        Entry("closed_at", "終了した日時", request.closed_at),
        Entry("decline_reason", "お断りの理由", request.reason, reason),
    )


register(
    Provider(
        models={
            LinkOffer: Held(not_told="Lasts 15 minutes and holds no more than a card's subject."),
            ErasureRequest: Held(
                kept="The record that erasing was asked for and done; it says nothing else about"
                " the person, and goes RETENTION_ERASURE_REQUEST_DAYS later."
            ),
        },
        sections=sections,
        erase=erase,
    )
)
