"""The states of a hold, and why something is refused, in the words its patron reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HoldState(models.TextChoices):
    """Where a hold stands; one that is cancelled or fetched is deleted."""

    WAITING = "waiting", _("順番待ち")
    SECURED = "secured", _("確保")
    READY = "ready", _("利用可能")
    EXPIRED = "expired", _("期限切れ")


# Every change of a hold's state there is; the database refuses any other.
HOLD_TRANSITIONS = frozenset(
    {
        (HoldState.WAITING, HoldState.SECURED),
        (HoldState.WAITING, HoldState.READY),
        (HoldState.SECURED, HoldState.READY),
        # The item was lost on its way, or fetched by somebody else by mistake.
        (HoldState.SECURED, HoldState.WAITING),
        (HoldState.READY, HoldState.WAITING),
        # Scanned at another branch than the one it is fetched from.
        (HoldState.READY, HoldState.SECURED),
        # Not fetched in time, or cancelled while its item is on its way or on the hold shelf.
        (HoldState.SECURED, HoldState.EXPIRED),
        (HoldState.READY, HoldState.EXPIRED),
    }
)
OPEN_HOLDS = (HoldState.WAITING, HoldState.SECURED, HoldState.READY)


class Standing(models.TextChoices):
    """What a library system says of a patron."""

    ACTIVE = "active", _("利用できます")
    SUSPENDED = "suspended", _("利用停止中")
    CARD_LOST = "card_lost", _("カードの紛失を届け出済み")
    WITHDRAWN = "withdrawn", _("退会")


class Refusal(models.TextChoices):
    """Why something is not done, each in a sentence that says what to do."""

    WITHDRAWN = "withdrawn", _("この利用者番号では借りられません。窓口でお尋ねください。")
    TOO_MANY_LOANS = (
        "too_many_loans",
        _("借りられる数の上限になっています。返却してから借りてください。"),
    )
    OVERDUE = (
        "overdue",
        _("返却期限が過ぎた資料があります。先に返却してください。"),
    )
    REFERENCE = "reference", _("館内でご覧いただく資料です。貸出はできません。")
    LENT_ALREADY = "lent_already", _("貸出中の資料です。先に返却の手続きをしてください。")
    WAITED_FOR = "waited_for", _("次に予約している方がいます。")
    HELD_FOR_ANOTHER = (
        "held_for_another",
        _("ほかの方の予約で取り置いている資料です。貸出はできません。"),
    )
    NOT_LENT = "not_lent", _("この資料は返却されています。")
    NOT_RENEWED = "not_renewed", _("雑誌と新聞は、延長できません。")
    RENEWED_ALREADY = (
        "renewed_already",
        _("延長できる回数を終えています。期限までに返却してください。"),
    )
    NO_LATER = "no_later", _("きょう延長しても、返却期限は今より後になりません。")
    NOT_HELD = "not_held", _("雑誌と新聞は、予約できません。書架でご覧ください。")
    NO_ITEMS = "no_items", _("貸出できる所蔵がないため、予約できません。窓口でお尋ねください。")
    HELD_ALREADY = "held_already", _("すでに予約しています。「利用状況」でご確認ください。")
    HAS_IT = "has_it", _("いま借りている資料です。予約の必要はありません。")
    TOO_MANY_HOLDS = (
        "too_many_holds",
        _("予約できる数の上限になっています。予約を取り消すと、新しく予約できます。"),
    )
    HOLD_GONE = "hold_gone", _("この予約は、すでに終わっています。")
    ON_ITS_WAY = (
        "on_its_way",
        _("資料の用意が始まっているため、変更できません。窓口でお尋ねください。"),
    )
    NO_SUCH_DAY = "no_such_day", _("休止の最後の日は、あすから1年後までの日にしてください。")
    UNKNOWN_ITEM = "unknown_item", _("この番号の資料は、蔵書にありません。番号を確かめてください。")
    NOT_OFFERED = "not_offered", _("この手続きは、窓口でお申し出ください。")
    ASKED_ALREADY = "asked_already", _("すでに申し込んでいます。結果をお待ちください。")
    MEANWHILE = (
        "meanwhile",
        _("ほかの手続きと重なったため、まだ受け付けていません。もう一度お試しください。"),
    )
