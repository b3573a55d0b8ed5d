"""The kinds of messages, which of their mails a patron may decline, and what became of a mail."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from characters.text import StrOrPromise


class NoticeKind(models.TextChoices):
    """What a message is about."""

    REGISTRATION_RECEIVED = "registration_received", _("登録申請受付")
    REVIEW_RECEIVED = "review_received", _("確認の受付")
    REVIEW_DELAYED = "review_delayed", _("確認の遅れ")
    REVIEW_APPROVED = "review_approved", _("確認の結果（登録の続き）")
    REVIEW_FOUND = "review_found", _("確認の結果（登録済み）")
    REVIEW_COUNTER = "review_counter", _("確認の結果（窓口へ）")
    MYNUMBER_LINKED = "mynumber_linked", _("マイナンバーカードの連携")
    SECURITY = "security", _("ログインと連絡先の変更")
    EMAIL_CONFIRMATION = "email_confirmation", _("E-mailの確認")
    PASSWORD_RESET = "password_reset", _("パスワードの再設定")
    FIRST_LOGIN_DIGITS = "first_login_digits", _("はじめてのログインの確認")
    FIRST_LOGIN_REMINDER = "first_login_reminder", _("初回ログインのご案内")
    KANA_DECIDED = "kana_decided", _("名前カタカナの変更")
    ERASURE = "erasure", _("個人情報の消去")
    LOAN_DUE = "loan_due", _("返却期限のお知らせ")
    LOAN_OVERDUE = "loan_overdue", _("返却期限が過ぎた資料")
    HOLD_READY = "hold_ready", _("予約資料の用意")
    HOLD_EXPIRED = "hold_expired", _("予約の取り置き期限切れ")
    ALERT = "alert", _("新着お知らせ（SDI）")
    REQUEST_ANSWERED = "request_answered", _("リクエストの回答")
    STAFF_REMINDER = "staff_reminder", _("職員へのお知らせ")


def kind_choices() -> Sequence[tuple[str, StrOrPromise]]:
    """Return the kinds as a field's choices: named by this function, a new kind is no migration."""
    return NoticeKind.choices


class MailState(models.TextChoices):
    """What became of a message's mail, in the words its patron reads."""

    NONE = "none", _("メールなし")
    WAITING = "waiting", _("メール送信待ち")
    SENT = "sent", _("メール送信済み")
    FAILED = "failed", _("メールを送信できませんでした")


class Always(NamedTuple):
    """Kinds whose mail cannot be declined: what they are about, and why."""

    about: StrOrPromise
    reason: StrOrPromise
    kinds: tuple[NoticeKind, ...]


# The mails that may be declined, and what they are for (as お知らせメールの設定 says it). Their
# messages are in the inbox all the same. Every kind is in one of these three tables.
OPTIONAL = {
    NoticeKind.FIRST_LOGIN_REMINDER: _(
        "はじめてログインする期限が近づいたときに、お知らせします。"
    ),
    NoticeKind.KANA_DECIDED: _(
        "名前カタカナの変更を図書館で確かめたあとに、結果をお知らせします。"
    ),
    NoticeKind.LOAN_DUE: _("借りている資料の返却期限が近づいたときに、お知らせします。"),
    NoticeKind.LOAN_OVERDUE: _("返却期限が過ぎたときと、そのあと7日ごとに、お知らせします。"),
    NoticeKind.HOLD_READY: _(
        "予約した資料が用意できたときに、お知らせします。予約連絡方法がE-mailの方に届きます。"
    ),
    NoticeKind.HOLD_EXPIRED: _(
        "予約した資料の取り置き期限が過ぎたときに、お知らせします。予約連絡方法がE-mailの方に届きます。"
    ),
    NoticeKind.ALERT: _("登録した条件に合う新しい資料が入ったときに、お知らせします。"),
    NoticeKind.REQUEST_ANSWERED: _("リクエストへの回答が決まったときに、お知らせします。"),
}
# About what can wait for the next login nobody is called who has no e-mail.
NOT_CALLED_ABOUT = (
    NoticeKind.LOAN_DUE,
    NoticeKind.LOAN_OVERDUE,
    NoticeKind.HOLD_EXPIRED,
    NoticeKind.ALERT,
    NoticeKind.REQUEST_ANSWERED,
)
# How many days before a loan is due its patron can choose to be told, and what holds first.
DAYS_BEFORE_DUE = (1, 2, 3, 5, 7)
FIRST_DAYS_BEFORE_DUE = 3
# What ends with a loan or a hold.
OF_LENDING = (
    NoticeKind.LOAN_DUE,
    NoticeKind.LOAN_OVERDUE,
    NoticeKind.HOLD_READY,
    NoticeKind.HOLD_EXPIRED,
)
ALWAYS = (
    Always(
        _("パスワード、連絡先、マイナンバーカードの連携などの変更"),
        _("ほかの人が変更したときに、すぐに気づけるようにするためです。"),
        (NoticeKind.SECURITY, NoticeKind.MYNUMBER_LINKED),
    ),
    Always(
        _("利用者登録の受付と結果"),
        _("利用者番号など、手続きに必要なことをお知らせするためです。"),
        (
            NoticeKind.REGISTRATION_RECEIVED,
            NoticeKind.REVIEW_RECEIVED,
            NoticeKind.REVIEW_DELAYED,
            NoticeKind.REVIEW_APPROVED,
            NoticeKind.REVIEW_FOUND,
            NoticeKind.REVIEW_COUNTER,
        ),
    ),
    Always(
        _("E-mailの確認、はじめてのログインの確認、パスワードの再設定"),
        _("ご自身が申し込んだときだけお送りし、メールがないと手続きが進まないためです。"),
        (NoticeKind.EMAIL_CONFIRMATION, NoticeKind.FIRST_LOGIN_DIGITS, NoticeKind.PASSWORD_RESET),
    ),
    Always(
        _("個人情報の消去"),
        _("消去したあとは、Myライブラリでお知らせできないためです。"),
        (NoticeKind.ERASURE,),
    ),
)
NOT_TO_PATRONS = (NoticeKind.STAFF_REMINDER,)
