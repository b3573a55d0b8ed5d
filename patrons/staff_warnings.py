"""What staff are told when patron numbers run out, and who may be registered twice."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import User
from patrons.doubles.models import PossibleDouble
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
    """Yield what everybody who works in the admin is told, and how many pairs may be looked at."""
    if warning := number_warning():
        yield warning
    if user.has_perm("patrons.view_possibledouble") and (
        count := PossibleDouble.objects.waiting().count()
    ):
        yield format_html(
            '<a href="{}">二重登録かもしれない利用者が{}組います</a>'
            "（確認の期限を過ぎたものが{}組）",
            reverse("admin:patrons_possibledouble_changelist"),
            count,
            PossibleDouble.objects.overdue(timezone.localdate()).count(),
        )
