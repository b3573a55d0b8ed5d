"""What staff see of a case in review: how alike two people are, and how long it has waited."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from django.db.models import TextChoices

from characters.text import one_line
from patrons import birth_date
from patrons.matching import weights
from patrons.matching.addresses import AddressAgreement, compare_addresses
from patrons.matching.duplicates import Applicant, DuplicateReason, judge
from patrons.matching.names import NameAgreement
from patrons.matching.weights import Field, Person
from patrons.models import Patron

Value = Callable[[Applicant | Patron], str]

LATE_AFTER = timedelta(days=3)  # the applicant's page promises an answer within 3 opening days


class Likeness(TextChoices):
    """How an applicant's value and a patron's compare."""

    SAME = "same", "＝ 同じ"
    SPELLING = "spelling", "≒ 表記だけ違う"
    POSSIBLE = "possible", "≒ わかる部分は同じ"
    DIFFERENT = "different", "≠ 違う"
    MISSING = "missing", "－ 記録なし"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A patron's value beside the applicant's."""

    label: str
    value: str
    likeness: Likeness

    @property
    def differs(self) -> bool:
        return self.likeness not in (Likeness.SAME, Likeness.MISSING)


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

BIRTH_DATE = attrgetter("birth_date")
ADDRESS = attrgetter("address")
# Each field's label, how a person's value is shown, and what the duplicate rules compare of it.
FIELDS: tuple[tuple[str, Value, Value], ...] = (
    ("名前", attrgetter("name"), attrgetter("name_key")),
    (
        "名前カタカナ",
        lambda one: f"{one.last_name_kana} {one.first_name_kana}".strip(),
        attrgetter("kana_key"),
    ),
    ("生年月日", lambda one: birth_date.display(one.birth_date), BIRTH_DATE),
    ("郵便番号", attrgetter("postal_code"), attrgetter("postal_code")),
    ("住所", lambda one: one_line(one.address), ADDRESS),
    ("電話番号", attrgetter("phone"), attrgetter("phone")),
    ("E-mail", attrgetter("email"), attrgetter("email_key")),
)


def compare(applicant: Applicant, patron: Applicant | Patron) -> Iterator[Compared]:
    """Compare a patron with an applicant field by field, in the order of FIELDS."""
    for label, shown, key in FIELDS:
        ours, theirs = shown(applicant), shown(patron)
        if not ours or not theirs:
            likeness = Likeness.MISSING
        elif ours == theirs:
            likeness = Likeness.SAME
        elif key(applicant) == key(patron) or (
            key is ADDRESS and _is_one_address(applicant, patron)
        ):
            likeness = Likeness.SPELLING
        elif key is BIRTH_DATE and birth_date.may_be_same(key(applicant), key(patron)):
            likeness = Likeness.POSSIBLE
        else:
            likeness = Likeness.DIFFERENT
        yield Compared(label=label, value=theirs, likeness=likeness)


def _is_one_address(applicant: Applicant, patron: Applicant | Patron) -> bool:
    """Return whether two addresses differ in their spelling only: not two flats of one house."""
    agreement = compare_addresses(
        applicant.address,
        patron.address,
        postal_codes=(applicant.postal_code, patron.postal_code),
    )
    is_same_town = agreement is AddressAgreement.TOWN
    return agreement is AddressAgreement.SAME or (
        is_same_town and applicant.address_key == patron.address_key
    )


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
    ]
    differing = ""
    if agreement.birth_date is weights.BirthDates.NEAR:
        pairs = zip(applicant.birth_date, patron.birth_date, strict=True)
        is_one_digit = sum(one != other for one, other in pairs) == 1
        differing = f"（生年月日は{'1字違い' if is_one_digit else '数字の順が違う'}）"
    return f"{'、'.join(words)}が一致{differing}"
