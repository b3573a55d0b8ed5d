"""What a patron confirms after a move, compared with what the page showed."""

from django.db import transaction
from django.utils.crypto import constant_time_compare

from mylibrary.errors import PageStale
from patrons import card_data_services
from patrons.models import Patron
from patrons.retention import lock_patron
from patrons.services import lock_for_change
from ui import stale_page as marks


def mark_of(patron: Patron) -> str:
    """Return a keyed digest of what 郵便番号とカタカナを確かめてください shows."""
    kana = (patron.last_name_kana, patron.first_name_kana) if patron.kana_outdated else ()
    code = (patron.postal_code,) if patron.postal_code_outdated else ()
    return marks.mark_of("moved", (patron.pk, patron.name, patron.address, kana, code))


@transaction.atomic
def confirm_moved(
    *,
    patron: Patron,
    mark: str,
    kana: tuple[str, str] | None = None,
    postal_code: str | None = None,
) -> None:
    """Store what goes with the name and address that the page showed (see `card_data_services`).

    `mark` is what it showed (`mark_of`). Raises PageStale where that is no longer true, or "", and
    PatronErased; then nothing is stored.
    """
    # The birth date's lock before the row's: kana are what the duplicate rules compare.
    lock_patron(patron_id=patron.pk)
    stored = lock_for_change(patron=patron)
    if not constant_time_compare(mark, mark_of(stored)):
        raise PageStale(stored)
    card_data_services.confirm_outdated(patron=stored, kana=kana, postal_code=postal_code)
