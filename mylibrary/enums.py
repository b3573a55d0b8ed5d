"""Closed sets of values of My Library."""

from django.db import models


class OfferPurpose(models.TextChoices):
    """What a card was read for when no link was found yet."""

    LOGIN = "login", "ログイン"
    RECOVER = "recover", "番号の確認"


class KanaState(models.TextChoices):
    """Where a patron's wish for another kana stands."""

    REQUESTED = "requested", "確認待ち"
    APPROVED = "approved", "承認"
    DECLINED = "declined", "見送り"
    CANCELLED = "cancelled", "取り消し"


class Alert(models.TextChoices):
    """A change that a patron is told of, because somebody else might have made it."""

    PASSWORD = "password", "パスワードが変更されました"
    EMAIL = "email", "E-mailが変更されました"
    PHONE = "phone", "電話番号が変更されました"
    CARD = "card", "マイナンバーカードと連携しました"
    PASSKEY_ADDED = "passkey_added", "パスキーが追加されました"
    PASSKEY_REMOVED = "passkey_removed", "パスキーが削除されました"
    RESETS_STOPPED = "resets_stopped", "E-mailでのパスワードの再設定が停止されました"
    RESETS_ALLOWED = "resets_allowed", "E-mailでのパスワードの再設定が再開されました"


class ErasureState(models.TextChoices):
    """Where a request for erasure stands."""

    OPEN = "open", "受付中"
    CANCELLED = "cancelled", "本人が取り消し"
    DECLINED = "declined", "お断り"
    CONFIRMED = "confirmed", "消去済み"
    LAPSED = "lapsed", "退会後の期限で消去済み"


class DeclineReason(models.TextChoices):
    """Why staff do not erase; the patron is told these words."""

    ITEMS_OUT = "items_out", "返却されていない資料があります"
    COUNTER = "counter", "窓口で確認したいことがあります"
