"""What staff see of a case in review: why it waits, and how long it is kept."""

from collections.abc import Iterable
from datetime import datetime

from patrons.matching import weights
from patrons.matching.duplicates import Applicant, DuplicateReason, judge
from patrons.matching.names import NameAgreement
from patrons.matching.weights import Field, Person
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
AGREEING: dict[Field, str] = {
    Field.NAME: "名前",
    Field.KANA: "名前カタカナ",
    Field.BIRTH_DATE: "生年月日",
    Field.PHONE: "電話番号",
    Field.EMAIL: "E-mail",
    Field.ADDRESS: "住所",
}
# Of a withheld patron, not even whether they agree.
WITHHELD = frozenset({Field.PHONE, Field.EMAIL, Field.ADDRESS})


def days_left(until: datetime, now: datetime) -> int:
    """Return how many whole days are left; 0 when less than one is, or none."""
    return max((until - now).days, 0)


def explain(
    duplicate_reason: str,
    applicant: Applicant | None = None,
    candidates: Iterable[Patron] = (),
) -> str:
    """Say in words why a case is in review; without a duplicate it is the identity itself.

    Of a weighed one, with the applicant and the candidates, what agrees as they are now.
    """
    if duplicate_reason == DuplicateReason.WEIGHED and applicant is not None:
        found = {
            agreement_in_words(applicant, patron): None
            for patron in candidates
            if judge(applicant, patron).reason is DuplicateReason.WEIGHED
        }
        if found:
            return "／".join(found)
    return REASONS.get(duplicate_reason, UNCLEAR)


def agreement_in_words(applicant: Person, patron: Person) -> str:
    """Say what agrees of two people: 名前、電話番号、住所が一致（生年月日は1字違い）."""
    agreement = weights.compare(applicant, patron)
    names = {Field.NAME: agreement.name, Field.KANA: agreement.kana}
    words = [
        f"{AGREEING[one]}の「名」" if names.get(one) is NameAgreement.GIVEN else AGREEING[one]
        for one in agreement.fields
        if not (one in WITHHELD and getattr(patron, "withheld_at", None))
    ]
    differing = ""
    if agreement.birth_date is weights.BirthDates.NEAR:
        pairs = zip(applicant.birth_date, patron.birth_date, strict=True)
        is_one_digit = sum(one != other for one, other in pairs) == 1
        differing = f"（生年月日は{'1字違い' if is_one_digit else '数字の順が違う'}）"
    return f"{'、'.join(words)}が一致{differing}"
