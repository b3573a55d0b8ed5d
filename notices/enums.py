"""Codes of the messages."""

from django.db import models


class NoticeKind(models.TextChoices):
    """What a message is about."""

    REGISTRATION_RECEIVED = "registration_received", "登録申請受付"
    REVIEW_APPROVED = "review_approved", "確認の結果（登録の続き）"
    REVIEW_FOUND = "review_found", "確認の結果（登録済み）"
    REVIEW_COUNTER = "review_counter", "確認の結果（窓口へ）"
    CARD_LINKED = "card_linked", "マイナンバーカードの連携"
    STAFF_REMINDER = "staff_reminder", "職員へのお知らせ"
