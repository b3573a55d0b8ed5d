"""The titles of what messages of this room are about (`notices.titles`)."""

from collections.abc import Sequence

from mylibrary.requests.models import PurchaseSuggestion
from notices.enums import NoticeKind
from notices.titles import titled
from patrons.models import Patron


@titled(NoticeKind.REQUEST_ANSWERED)
def suggested_titles(patron: Patron, ids: Sequence[int]) -> list[str]:
    """Return a patron's wishes as they were typed, as long as they are kept."""
    own = PurchaseSuggestion.objects.filter(patron=patron, pk__in=ids).order_by("pk")
    return [suggestion.line for suggestion in own]
