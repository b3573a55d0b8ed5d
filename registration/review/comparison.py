"""What staff see of a case in review: why it waits, and how long it is kept."""

from collections.abc import Collection
from datetime import datetime

from patrons.matching.comparison import SIMILAR, agreement_in_words
from patrons.matching.duplicates import Applicant, DuplicateReason, judge
from patrons.models import Patron

UNCLEAR = "生年月日に不明な部分があるか、名前や住所に印刷できない文字がある"
REASONS: dict[str, str] = {
    DuplicateReason.SUBJECT_LINKED: "カードがほかの利用者に連携済み",
    DuplicateReason.NAME_AND_BIRTH_DATE: "名前と生年月日が同じ（字体と空白の違いは見ない）",
    DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT: (
        "カナと生年月日が同じで、電話番号、E-mail、住所のどれかも同じ"
    ),
    DuplicateReason.WEIGHED: "名前と生年月日が同じか1字違いで、ほかの項目も一致",
}

# Which say that a contact or an address is somebody else's, too.
CONTACTS = frozenset({DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT, DuplicateReason.WEIGHED})


def days_left(until: datetime, now: datetime) -> int:
    """Return how many whole days are left; 0 when less than one is, or none."""
    return max((until - now).days, 0)


def explain(
    duplicate_reason: str,
    applicant: Applicant | None = None,
    candidates: Collection[Patron] = (),
) -> str:
    """Say in words why a case is in review; without a duplicate it is the identity itself.

    Of a weighed one, with the applicant and the candidates, what agrees as they are now. Where one
    of them is withheld, or they are not at hand, nothing is said of contacts and addresses.
    """
    found_in_contacts = duplicate_reason in CONTACTS
    if found_in_contacts and (applicant is None or any(one.is_withheld for one in candidates)):
        return SIMILAR
    if duplicate_reason == DuplicateReason.WEIGHED and applicant is not None:
        found = {
            agreement_in_words(applicant, patron): None
            for patron in candidates
            if judge(applicant, patron).reason is DuplicateReason.WEIGHED
        }
        if found:
            return "／".join(found)
    return REASONS.get(duplicate_reason, UNCLEAR)
