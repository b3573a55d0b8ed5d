"""Codes of the messages."""

from django.db import models


class NoticeKind(models.TextChoices):
    """What a message is about."""

    REGISTRATION_RECEIVED = "registration_received", "登録申請受付"
    REVIEW_APPROVED = "review_approved", "確認の結果（登録の続き）"
    REVIEW_FOUND = "review_found", "確認の結果（登録済み）"
    REVIEW_COUNTER = "review_counter", "確認の結果（窓口へ）"
    MYNUMBER_LINKED = "mynumber_linked", "マイナンバーカードの連携"
    SECURITY = "security", "ログインと連絡先の変更"
    EMAIL_CONFIRMATION = "email_confirmation", "E-mailの確認"
    PASSWORD_RESET = "password_reset", "パスワードの再設定"
    FIRST_LOGIN_DIGITS = "first_login_digits", "はじめてのログインの確認"
    FIRST_LOGIN_REMINDER = "first_login_reminder", "初回ログインのご案内"
    KANA_DECIDED = "kana_decided", "名前カタカナの変更"
    ERASURE = "erasure", "個人情報の消去"
    STAFF_REMINDER = "staff_reminder", "職員へのお知らせ"


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds as a field's choices: named by this function, a new kind is no migration."""
    return NoticeKind.choices


class MailState(models.TextChoices):
    """What became of a message's mail, in the words its patron reads."""

    NONE = "none", "メールなし"
    WAITING = "waiting", "メール送信待ち"
    SENT = "sent", "メール送信済み"
    FAILED = "failed", "メールを送信できませんでした"
