"""Closed sets of values of My Library."""

from django.db import models


class SecurityChange(models.TextChoices):
    """A change that a patron is told of, because somebody else might have made it."""

    PASSWORD = "password", "パスワードが変更されました"
    EMAIL = "email", "E-mailが変更されました"
    PHONE = "phone", "電話番号が変更されました"
    CARD = "card", "マイナンバーカードと連携しました"
    PASSKEY_ADDED = "passkey_added", "パスキーが追加されました"
    PASSKEY_REMOVED = "passkey_removed", "パスキーが削除されました"
    RESETS_STOPPED = "resets_stopped", "E-mailでのパスワードの再設定が停止されました"
    RESETS_ALLOWED = "resets_allowed", "E-mailでのパスワードの再設定が再開されました"
