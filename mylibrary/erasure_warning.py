"""What the staff's menu says of requests for erasure."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mylibrary.models import ErasureRequest


def erasure_warning(user: AbstractBaseUser) -> SafeString | None:
    """Return how many wait, with a link to them; None where none does or none may be seen."""
    if not user.has_perm("mylibrary.view_erasurerequest"):
        return None
    waiting = ErasureRequest.objects.open().count()
    if not waiting:
        return None
    address = reverse("admin:mylibrary_erasurerequest_changelist")
    return format_html('<a href="{}">個人情報の消去の申し込みが{}件あります</a>', address, waiting)
