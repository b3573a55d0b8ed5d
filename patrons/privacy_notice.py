"""The purpose of use (利用目的) that people are shown before anything about them is collected.

A notice, not a consent (個人情報の保護に関する法律 第62条): there is nothing to tick. Every text
that was ever shown stays in VERSIONS: applications name the version they were shown. A changed text
is a new version at the end; a test holds the digest of each.
"""

from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

FIELD = "privacy_notice"


class PrivacyNotice(NamedTuple):
    """One version of the text; the form shows the summary, the privacy policy all of it."""

    version: str
    summary_source: str
    purpose_sources: tuple[str, ...]

    @property
    def summary(self) -> str:
        return gettext(self.summary_source)

    @property
    def purposes(self) -> tuple[str, ...]:
        return tuple(gettext(purpose) for purpose in self.purpose_sources)

    @property
    def words(self) -> str:
        return gettext("%(version)s（%(summary)s）") % {
            "version": self.version,
            "summary": self.summary,
        }


VERSIONS = (
    PrivacyNotice(
        "2026-11",
        gettext_noop(
            "マイナンバー（12桁の番号）は取得しません。"
            "登録情報は、貸出・予約・連絡などの図書館サービスに使います。"
        ),
        (
            gettext_noop(
                "利用者登録の手続き（本人の確認、対象地域にお住まいかどうかの確認、二重登録の確認）"
            ),
            gettext_noop("資料の貸出、返却、予約とその連絡"),
            gettext_noop("Myライブラリの提供と、登録などのお知らせメールの送付"),
            gettext_noop("不正な利用の防止と、システムの安全な運用"),
        ),
    ),
    PrivacyNotice(
        "2026-12",
        gettext_noop(
            "マイナンバー（12桁の番号）は取得しません。"
            "登録情報は、貸出・予約・連絡などの図書館サービスに使います。"
        ),
        (
            gettext_noop(
                "利用者登録の手続き（本人の確認、対象地域にお住まいかどうかの確認、二重登録の確認）"
            ),
            gettext_noop("資料の貸出、返却、延長、予約と、期限や準備ができたことなどの連絡"),
            gettext_noop(
                "ご本人が申し込んだMyライブラリのサービス"
                "（My本棚、SDI、リクエスト、読書記録、利用者カードの表示など）の提供"
            ),
            gettext_noop("Myライブラリの提供と、登録などのお知らせメールの送付"),
            gettext_noop("だれのものか分からない形での、貸出・予約・リクエストの数の集計"),
            gettext_noop("不正な利用の防止と、システムの安全な運用"),
        ),
    ),
)
CURRENT = VERSIONS[-1]
_BY_VERSION = {notice.version: notice for notice in VERSIONS}


def context(request: HttpRequest) -> dict[str, PrivacyNotice]:
    """Return the template context of every page: many have a button to the identity service."""
    return {"privacy_notice": CURRENT}


def find(version: str) -> PrivacyNotice | None:
    """Return what was shown under a version; None for applications from before there were any."""
    return _BY_VERSION.get(version)


def shown(version: str) -> str:
    """Return the version that a page says it showed; where it names none of ours, the current."""
    return version if version in _BY_VERSION else CURRENT.version
