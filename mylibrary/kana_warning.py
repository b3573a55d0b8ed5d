"""What the staff's menu says of wishes for another kana."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mylibrary.models import KanaChange


def kana_warning(user: AbstractBaseUser) -> SafeString | None:
    """Return how many wishes wait, with a link to them; None where none does or may be seen."""
    if not user.has_perm("mylibrary.view_kanachange"):
        return None
    count = KanaChange.objects.waiting().count()
    if not count:
        return None
    return format_html(
        '<a href="{}">名前カタカナの変更の確認待ちが{}件あります</a>',
        reverse("admin:mylibrary_kanachange_changelist"),
        count,
    )
