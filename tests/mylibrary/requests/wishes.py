"""What patrons of the tests ask for, and what staff decide."""

from accounts.models import User
from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.models import PurchaseSuggestion, WantedTitle
from mylibrary.requests.services import Decision, Wish, decide, suggest
from patrons.models import Patron

LIST = "/mylibrary/requests/"
NEW = "/mylibrary/requests/new/"
ISBN = "9784003101018"
TITLE, AUTHOR = "月光のなかの図書館", "別府春子"


def wished(patron: Patron, title: str = TITLE, **said: object) -> PurchaseSuggestion:
    """Let a patron ask for a title."""
    return suggest(patron=patron, wish=Wish(title=title, **said))


def decided(
    wanted: WantedTitle,
    staff: User,
    state: TitleState = TitleState.BUYING,
    reason: DeclineReason | None = None,
    **said: object,
) -> WantedTitle:
    """Let staff decide on a title."""
    decision = Decision(state=state, reason=reason, **said)
    return decide(wanted_id=wanted.pk, staff=staff, decision=decision)


def withdraw_address(suggestion: PurchaseSuggestion) -> str:
    return f"{LIST}{suggestion.public_id}/withdraw/"
