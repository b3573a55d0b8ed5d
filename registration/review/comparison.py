"""What staff see of a case in review: why it waits, and how long it is kept."""

from datetime import datetime

from patrons.matching.duplicates import DuplicateReason

UNCLEAR = "生年月日に不明な部分があるか、名前や住所に印刷できない文字がある"
REASONS: dict[str, str] = {
    DuplicateReason.SUBJECT_LINKED: "カードがほかの利用者に連携済み",
    DuplicateReason.NAME_AND_BIRTH_DATE: "名前と生年月日が同じ（字体と空白の違いは見ない）",
    DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT: (
        "カナと生年月日が同じで、電話番号、E-mail、住所のどれかも同じ"
    ),
}


def days_left(until: datetime, now: datetime) -> int:
    """Return how many whole days are left; 0 when less than one is, or none."""
    return max((until - now).days, 0)


def explain(duplicate_reason: str) -> str:
    """Say in words why a case is in review; without a duplicate it is the identity itself."""
    return REASONS.get(duplicate_reason, UNCLEAR)
