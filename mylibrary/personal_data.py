"""What My Library itself holds about a patron."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mylibrary.alerts import personal_data as _alerts  # noqa: F401 - it registers itself
from mylibrary.bookshelf import personal_data as _bookshelf  # noqa: F401
from mylibrary.calendar import personal_data as _calendar  # noqa: F401
from mylibrary.holding import personal_data as _holding  # noqa: F401
from mylibrary.kana.models import KanaRequest
from mylibrary.mynumber.models import LinkOffer
from mylibrary.own_data.models import ErasureRequest, ErasureState, PrivacyNoticeShown
from mylibrary.own_data.openings import OpeningKind, by_month
from mylibrary.patron_card import personal_data as _card  # noqa: F401
from mylibrary.profile.models import EmailConfirmation
from mylibrary.requests import personal_data as _requests  # noqa: F401
from mylibrary.reset.models import ResetRequest, ResetStop
from notices.retention import forget_mails_to
from patrons import privacy_notice
from patrons.models import Patron
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)


def sections(patron: Patron) -> Iterator[Section]:
    """Tell what waits and what was asked of the staff; neither who decided nor their notes."""
    yield Section(
        key="email_confirmations",
        title=_("確認待ちのE-mail"),
        records=tuple(_confirmation(one) for one in EmailConfirmation.objects.of(patron)),
        headings=("email",),
    )
    yield Section(
        key="kana_requests",
        title=_("名前カタカナの変更の申し込み"),
        records=tuple(_kana_request(one) for one in KanaRequest.objects.of_patron(patron)),
        headings=("requested_at", "state"),
    )
    yield Section(
        key="erasure_requests",
        title=_("個人情報の消去の申し込み"),
        records=tuple(_request(one) for one in ErasureRequest.objects.of_patron(patron)),
        headings=("requested_at", "state"),
    )
    yield Section(
        key="privacy_notices_shown",
        title=_("Myライブラリでお示しした利用目的"),
        records=tuple(_purpose(one) for one in PrivacyNoticeShown.objects.of_patron(patron)),
        headings=("version",),
    )
    yield Section(
        key="resets_stopped",
        title=_("E-mailでのパスワード再設定の停止"),
        records=tuple(
            (column(one, "stopped_at"),) for one in ResetStop.objects.filter(patron=patron)
        ),
        headings=("stopped_at",),
    )
    yield Section(
        key="openings",
        title=_("職員が登録情報を開いた回数（月ごと）"),
        records=tuple(_openings(month, counted) for month, counted in by_month(patron)),
        headings=("month",),
    )


def erase(patron: Patron) -> None:
    """Delete what waits and the requests for other kana; an open request has come true."""
    LinkOffer.objects.filter(patron=patron).delete()
    PrivacyNoticeShown.objects.of_patron(patron).delete()
    waiting = EmailConfirmation.objects.of(patron)
    forget_mails_to(addresses=list(waiting.values_list("email", flat=True)))
    waiting.delete()
    ResetRequest.objects.of_patron(patron).delete()
    ResetStop.objects.filter(patron=patron).delete()
    KanaRequest.objects.of_patron(patron).delete()
    ErasureRequest.objects.of_patron(patron).open().update(
        state=ErasureState.LAPSED, closed_at=timezone.now()
    )


def _openings(month: date, counted: Counter[OpeningKind]) -> Record:
    return (
        Datum("month", _("月"), f"{month:%Y-%m}", date_format(month, "YEAR_MONTH_FORMAT")),
        *(Datum(kind.value, kind.label, counted[kind]) for kind in OpeningKind),
    )


def _confirmation(confirmation: EmailConfirmation) -> Record:
    return (
        column(confirmation, "email"),
        Datum("asked_at", _("確認メールを送った日時"), confirmation.created_at),
        column(confirmation, "expires_at"),
    )


def _kana_request(change: KanaRequest) -> Record:
    names = ("last_name_before", "first_name_before", "last_name_kana", "first_name_kana")
    return (
        Datum("requested_at", _("申し込みの日時"), change.requested_at),
        *(column(change, name) for name in ("state", *names)),
        Datum("closed_at", _("終了した日時"), change.decided_at),
    )


def _request(request: ErasureRequest) -> Record:
    return (
        column(request, "requested_at"),
        column(request, "state"),
        column(request, "closed_at"),
        column(request, "reason", key="decline_reason"),
    )


def _purpose(shown: PrivacyNoticeShown) -> Record:
    notice = privacy_notice.find(shown.version)
    words = notice.words if notice else ""
    return (
        Datum("version", _("利用目的の版"), shown.version, words),
        Datum("shown_at", _("お示しした日時"), shown.shown_at),
    )


register(
    Provider(
        models={
            LinkOffer: Handling(
                not_told="Lasts 15 minutes and holds no more than a card's subject."
            ),
            PrivacyNoticeShown: Handling(),
            EmailConfirmation: Handling(),
            ResetRequest: Handling(not_told="Lasts 30 minutes and holds no more than whose it is."),
            ResetStop: Handling(),
            KanaRequest: Handling(),
            ErasureRequest: Handling(
                kept="The record that erasing was asked for and done; it says nothing else about"
                " the person, and goes RETENTION_ERASURE_REQUEST_DAYS later."
            ),
        },
        sections=sections,
        erase=erase,
    )
)
