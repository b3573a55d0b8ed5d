"""Mails around a review: the outcome to the applicant, a word to the patron, reminders to staff.

None tells a name, a number or an address: nothing has shown whose the mailbox is. The links are
enclosed when the mails are sent.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from notices.enclosures import LINK, MailedLink, encloses
from notices.models import Notice
from notices.texts import Message, day, message
from registration.application.enums import State
from registration.application.models import Application
from registration.review.models import Verdict

ENCLOSURE = "registration.review_link"
MAILED_LINK = MailedLink(salt="registration.review_links", page="registration:review")
APPROVED = """\
{library}です。利用者登録のお申し込みについて、図書館での確認が終わりました。

登録はまだ終わっていません。次のページを開き、もう一度マイナンバーカードを読み取って、登録を終えてください。

{link}

このページは{until}まで、1回だけ開けます。
"""
FOUND = """\
{library}です。利用者登録のお申し込みについて、図書館で確認したところ、登録が見つかりました。新しい登録は行っていません。

次のページで、Myライブラリへのログインのしかたと、利用者番号の確認のしかたをご案内します。マイナンバーカードをご用意ください。

{link}

このページは{until}まで、1回だけ開けます。
"""
COUNTER = """\
{library}です。利用者登録のお申し込みについて、図書館で確認しましたが、インターネットでは登録を終えられませんでした。

お手数ですが、本人確認書類をお持ちのうえ、窓口へお越しください。窓口で登録できます。

{counter}
"""
UNDECIDED = """\
{library}です。利用者登録のお申し込みについて、図書館での確認が期限までに終わりませんでした。お待たせして申し訳ありません。
登録は行われていません。お預かりした情報は消去しました。

お手数ですが、本人確認書類をお持ちのうえ、窓口へお越しください。窓口で登録できます。

{counter}
"""
MYNUMBER_LINKED = """\
{library}です。職員の確認により、マイナンバーカードと貸出券の連携を行いました。
次からは、マイナンバーカードでMyライブラリにログインできます。

お心当たりのない方は、下記へご連絡ください。

{contact}
※送信専用です。
"""
FOOT = """\

図書館がメールや電話でパスワードや暗証番号をお尋ねすることはありません。
お心当たりのない方は、このメールを削除してください。
※送信専用です。

{contact}
"""
REMINDER = """\
利用者登録の確認待ちが{waiting}件あります。
・3日以上お待たせしているもの：{late}件
・あと{days}日以内に期限が来て消去されるもの：{ending}件

{link}
"""


def approved(*, until: datetime) -> Message:
    return _to_applicant("登録の続きのご案内", APPROVED, link=LINK, until=day(until))


def found(*, until: datetime) -> Message:
    return _to_applicant("登録が見つかりました", FOUND, link=LINK, until=day(until))


def to_counter() -> Message:
    return _to_applicant("窓口へお越しください", COUNTER)


def undecided() -> Message:
    """Compose the mail to an applicant whose case ended without a decision."""
    return _to_applicant("窓口へお越しください", UNDECIDED)


def mynumber_linked() -> Message:
    """Compose the message to a patron whom staff linked a card to."""
    return message("マイナンバーカードと連携しました", MYNUMBER_LINKED, foot="")


def reminder(*, waiting: int, late: int, ending: int) -> Message:
    """Compose the reminder to staff: how many cases wait, and nothing about anybody."""
    link = settings.PUBLIC_BASE_URL + reverse("admin:registration_reviewcase_changelist")
    counts = {"waiting": waiting, "late": late, "ending": ending}
    about, days = f"利用者登録の確認待ち：{waiting}件", settings.REVIEW_WARNING_DAYS
    return message(about, REMINDER, foot="", days=days, link=link, **counts)


def _to_applicant(about: str, body: str, **values: str) -> Message:
    counter = f"窓口のご案内：{settings.PUBLIC_BASE_URL}{reverse('counter')}"
    return message(about, body, foot=FOOT, counter=counter, **values)


@encloses(ENCLOSURE)
def review_link(notice: Notice) -> str | None:
    """Return the link that leads on; None where it would open nothing (any more) for that mailbox.

    The address is erased with a case that is closed, and cannot have become another then.
    """
    found = Application.objects.filter(pk=notice.enclosed_id).select_related("decision")
    application = found.only_one()
    if application is None or application.email not in ("", notice.recipient):
        return None
    return link_address(application) if _leads_on(application) else None


def link_address(application: Application) -> str:
    """Return the mailed link to an application; call after that was stored.

    The link is dead after its use, after its time, and after anything else happened to the case. It
    proves nothing about who holds it: whoever opens it has to read the card.
    """
    return MAILED_LINK.address(application.pk, _link_state(application))


def opens(key: str, application: Application) -> bool:
    """Return whether the key of a link opens the application (still)."""
    is_right = MAILED_LINK.matches(key, application.pk, _link_state(application))
    return is_right and _leads_on(application)


def _link_state(application: Application) -> tuple[object, ...]:
    return (
        application.state,
        application.decision_id,
        application.email,
        application.link_until.isoformat() if application.link_until else "",
        application.link_used_at.isoformat() if application.link_used_at else "",
    )


def _leads_on(application: Application) -> bool:
    if application.decision is None or application.link_until is None:
        return False
    leads_on = (application.state, application.decision.verdict) in (
        (State.APPROVED, Verdict.OTHER_PERSON),
        (State.REFUSED, Verdict.SAME_PERSON),
    )
    return leads_on and application.link_used_at is None and application.link_until > timezone.now()
