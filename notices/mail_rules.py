"""Which mails a patron may decline, and why the others always come.

A declined mail's message is in the inbox all the same. Every kind is in one of the three tables.
"""

from typing import NamedTuple

from notices.enums import NoticeKind as Kind


class Always(NamedTuple):
    """Kinds whose mail cannot be declined: what they are about, and why."""

    about: str
    reason: str
    kinds: frozenset[Kind]


# What the mail is for, as the page お知らせメールの設定 says it.
OPTIONAL = {
    Kind.FIRST_LOGIN_REMINDER: "はじめてログインする期限が近づいたときに、お知らせします。",
    Kind.KANA_DECIDED: "名前カタカナの変更を図書館で確かめたあとに、結果をお知らせします。",
}
ALWAYS = (
    Always(
        "パスワード、連絡先、マイナンバーカードの連携などの変更",
        "ほかの人が変更したときに、すぐに気づけるようにするためです。",
        frozenset({Kind.SECURITY, Kind.MYNUMBER_LINKED}),
    ),
    Always(
        "利用者登録の受付と結果",
        "利用者番号など、手続きに必要なことをお知らせするためです。",
        frozenset(
            {
                Kind.REGISTRATION_RECEIVED,
                Kind.REVIEW_APPROVED,
                Kind.REVIEW_FOUND,
                Kind.REVIEW_COUNTER,
            }
        ),
    ),
    Always(
        "E-mailの確認、はじめてのログインの確認、パスワードの再設定",
        "ご自身が申し込んだときだけお送りし、メールがないと手続きが進まないためです。",
        frozenset({Kind.EMAIL_CONFIRMATION, Kind.FIRST_LOGIN_DIGITS, Kind.PASSWORD_RESET}),
    ),
    Always(
        "個人情報の消去",
        "消去したあとは、Myライブラリでお知らせできないためです。",
        frozenset({Kind.ERASURE}),
    ),
)
NOT_TO_PATRONS = frozenset({Kind.STAFF_REMINDER})


def is_optional(kind: Kind) -> bool:
    """Return whether a patron may decline the mails of a kind."""
    return kind in OPTIONAL
