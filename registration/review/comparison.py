"""What staff see of a case in review: how alike two people are, and how long it has waited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import eq

from django.db.models import TextChoices

from patrons import birth_date
from patrons.duplicates import Applicant, DuplicateReason
from patrons.models import Patron

LATE_AFTER = timedelta(days=3)  # the applicant's page promises an answer within 3 opening days


class Likeness(TextChoices):
    """How an applicant's value and a patron's compare."""

    SAME = "same", "＝ 同じ"
    SPELLING = "spelling", "≒ 表記だけ違う"
    POSSIBLE = "possible", "≒ わかる部分は同じ"
    DIFFERENT = "different", "≠ 違う"
    MISSING = "missing", "－ 記録なし"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A compared field: how a person's value is shown, and what the duplicate rules compare.

    `alike` is what values are that are not the same and that the rules find alike.
    """

    label: str
    shown: Callable[[Applicant | Patron], str]
    key: Callable[[Applicant | Patron], str]
    are_alike: Callable[[str, str], bool] = eq
    alike: Likeness = Likeness.SPELLING


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
}

FIELDS = (
    Field(label="名前", shown=lambda one: one.name, key=lambda one: one.name_key),
    Field(
        label="名前カタカナ",
        shown=lambda one: f"{one.last_name_kana} {one.first_name_kana}".strip(),
        key=lambda one: one.kana_key,
    ),
    Field(
        label="生年月日",
        shown=lambda one: birth_date.display(one.birth_date),
        key=lambda one: one.birth_date,
        are_alike=birth_date.may_be_same,
        alike=Likeness.POSSIBLE,
    ),
    Field(label="郵便番号", shown=lambda one: one.postal_code, key=lambda one: one.postal_code),
    Field(label="住所", shown=lambda one: one.address, key=lambda one: one.address_key),
    Field(label="電話番号", shown=lambda one: one.phone, key=lambda one: one.phone),
    Field(label="E-mail", shown=lambda one: one.email, key=lambda one: one.email_key),
)


def compare(applicant: Applicant, patron: Applicant | Patron) -> list[Compared]:
    """Compare a patron with an applicant field by field, in the order of FIELDS."""
    return [_compare(field, applicant, patron) for field in FIELDS]


def _compare(field: Field, applicant: Applicant, patron: Applicant | Patron) -> Compared:
    ours, theirs = field.shown(applicant), field.shown(patron)
    if not ours or not theirs:
        likeness = Likeness.MISSING
    elif ours == theirs:
        likeness = Likeness.SAME
    elif field.are_alike(field.key(applicant), field.key(patron)):
        likeness = field.alike
    else:
        likeness = Likeness.DIFFERENT
    return Compared(label=field.label, value=theirs, likeness=likeness)


def days_left(until: datetime, now: datetime) -> int:
    """Return how many whole days are left; 0 when less than one is, or none."""
    return max((until - now).days, 0)


def explain(duplicate_reason: str) -> str:
    """Say in words why a case is in review; without a duplicate it is the identity itself."""
    return REASONS.get(duplicate_reason, UNCLEAR)
