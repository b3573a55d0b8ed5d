"""What the staff's menu says of cases in review."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from registration.review.reminders import waiting_cases


def warnings(user: User) -> Iterator[SafeString]:
    """Yield how many cases wait, with a link to them, where any does and may be seen."""
    if not user.has_perm("registration.view_reviewcase"):
        return
    count = waiting_cases()
    if not count.waiting:
        return
    yield format_html(
        '<a href="{}">確認待ちが{}件あります</a>（回答期限を過ぎたものが{}件、'
        "あと{}日以内に消去されるものが{}件）",
        reverse("admin:registration_reviewcase_changelist"),
        count.waiting,
        count.late,
        settings.REVIEW_WARNING_DAYS,
        count.ending,
    )
