"""The kinds of messages, which of their mails a patron may decline, and what became of a mail."""

from typing import NamedTuple

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


class Always(NamedTuple):
    """Kinds whose mail cannot be declined: what they are about, and why."""

    about: str
    reason: str
    kinds: tuple[NoticeKind, ...]


# The mails that may be declined, and what they are for (as お知らせメールの設定 says it). Their
# messages are in the inbox all the same. Every kind is in one of these three tables.
OPTIONAL = {
    NoticeKind.FIRST_LOGIN_REMINDER: "はじめてログインする期限が近づいたときに、お知らせします。",
    NoticeKind.KANA_DECIDED: "名前カタカナの変更を図書館で確かめたあとに、結果をお知らせします。",
}
ALWAYS = (
    Always(
        "パスワード、連絡先、マイナンバーカードの連携などの変更",
        "ほかの人が変更したときに、すぐに気づけるようにするためです。",
        (NoticeKind.SECURITY, NoticeKind.MYNUMBER_LINKED),
    ),
    Always(
        "利用者登録の受付と結果",
        "利用者番号など、手続きに必要なことをお知らせするためです。",
        (
            NoticeKind.REGISTRATION_RECEIVED,
            NoticeKind.REVIEW_APPROVED,
            NoticeKind.REVIEW_FOUND,
            NoticeKind.REVIEW_COUNTER,
        ),
    ),
    Always(
        "E-mailの確認、はじめてのログインの確認、パスワードの再設定",
        "ご自身が申し込んだときだけお送りし、メールがないと手続きが進まないためです。",
        (NoticeKind.EMAIL_CONFIRMATION, NoticeKind.FIRST_LOGIN_DIGITS, NoticeKind.PASSWORD_RESET),
    ),
    Always(
        "個人情報の消去",
        "消去したあとは、Myライブラリでお知らせできないためです。",
        (NoticeKind.ERASURE,),
    ),
)
NOT_TO_PATRONS = (NoticeKind.STAFF_REMINDER,)
