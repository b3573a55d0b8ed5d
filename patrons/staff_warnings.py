"""What staff are told when patron numbers run out."""

from collections.abc import Iterator

from accounts.models import User
from patrons.numbers import numbers_left

FEW = (
    "利用者番号の残りが、{left:,}件になりました（全{total:,}件）。なくなるとインターネットでの登録が"
    "できません。番号の範囲を広げるよう、システムの担当者に連絡してください。"
)
GONE = (
    "利用者番号がなくなり、インターネットでの登録ができません。番号の範囲を広げるよう、"
    "システムの担当者に連絡してください。"
)


def number_warning() -> str:
    """Return a sentence for staff, empty while 5 % or more of the numbers are left."""
    numbers = numbers_left()
    if not numbers.nearly_exhausted:
        return ""
    return (FEW if numbers.left else GONE).format(**numbers._asdict())


def warnings(user: User) -> Iterator[str]:
    """Yield the sentence for everybody who works in the admin."""
    if warning := number_warning():
        yield warning
