"""What the staff's menu says of what patrons asked for."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest


def warnings(user: User) -> Iterator[SafeString]:
    """Yield how many requests of a kind wait, with a link, where any does and may be seen."""
    kinds: tuple[tuple[QuerySet, str], ...] = (
        (KanaRequest.objects.waiting(), "名前カタカナの変更の確認待ち"),
        (ErasureRequest.objects.open(), "個人情報の消去の申し込み"),
    )
    for waiting, text in kinds:
        model = waiting.model._meta
        if not user.has_perm(f"{model.app_label}.view_{model.model_name}"):
            continue
        if count := waiting.count():
            address = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
            yield format_html('<a href="{}">{}が{}件あります</a>', address, text, count)
